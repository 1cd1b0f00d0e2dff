# shellcheck shell=sh disable=SC2034 # variables are for whoever uses this
# browser.sh - just enough of a browser for the demo: cookies, redirects,
# Refresh headers, forms.
#
#	browser NAME		whose cookies are used from now on
#	visit URL		GET and follow, to the page where it ends
#	submit NAME=VALUE...	fill in and send the page's form; follow
#	submit_to ACTION NAME=VALUE...	the first form with that action
#	$AT, $STATUS, $PAGE	where we are, the status, the page's file
#	page_text		the page's main text, without markup
: "${TMPDIR:?}"

HOPS_MAX=10
AT='' STATUS='' PAGE='' JAR='' HOPS='' VOUCHER=''

browser() {
	JAR=$TMPDIR/$1.cookies
	PAGE=$TMPDIR/$1.page
	AT=
}

# request CURL-OPTION...: one request; sets STATUS, and GO to where it leads.
request() {
	curl -sS --max-time 30 -o "$PAGE" -D "$PAGE.head" -b "$JAR" -c "$JAR" \
	    -A "till demo" -H "Accept-Language: en" "$@"
	STATUS=$(sed -n '1s/^HTTP[^ ]* \([0-9]*\).*/\1/p' "$PAGE.head")
	GO=$(tr -d '\r' <"$PAGE.head" | sed -n \
	    -e 's/^[Ll]ocation: //p' -e 's/^[Rr]efresh: 0; *url=//p' | head -n 1)
}

origin() {
	printf '%s\n' "$1" | sed 's|^\([a-z]*://[^/]*\).*|\1|'
}

# absolute ADDRESS: as a link on the page we are at means it.
absolute() {
	case $1 in
	http://*|https://*)	printf '%s\n' "$1" ;;
	/*)	printf '%s%s\n' "$(origin "$AT")" "$1" ;;
	*)	printf '%s/%s\n' "${AT%/*}" "$1" ;;
	esac
}

follow() {
	hops=0
	while [ -n "$GO" ]; do
		hops=$((hops + 1))
		[ $hops -le $HOPS_MAX ] || { echo "too many redirects" >&2; return 1; }
		AT=$(absolute "$GO")
		HOPS="$HOPS
$AT"
		case $AT in
		*voucher=*)	VOUCHER=${AT##*voucher=} ;;
		esac
		request "$AT"
	done
}

visit() {
	AT=$1 HOPS=$1 VOUCHER=
	request "$AT"
	follow
}

# form ACTION: the hidden fields of that form as NAME=VALUE lines.
form() {
	tr '\n' ' ' <"$PAGE" | sed 's/<form/\n<form/g; s/<\/form>/\n/g' |
		grep -F "action=\"$1\"" | head -n 1 | sed 's/<input/\n<input/g' |
		sed -n 's/.*type="hidden" name="\([^"]*\)" value="\([^"]*\)".*/\1=\2/p'
}

submit_to() {
	action=$1
	shift
	VOUCHER=
	form "$action" >"$PAGE.form"
	set -- "$@" --
	while [ "$1" != -- ]; do
		# What is said here stands for the field of that name.
		grep -v "^${1%%=*}=" "$PAGE.form" >"$PAGE.rest" || :
		mv "$PAGE.rest" "$PAGE.form"
		set -- "$@" --data-urlencode "$1"
		shift
	done
	shift
	while read -r field; do
		set -- "$@" --data-urlencode "$field"
	done <"$PAGE.form"
	url=$(absolute "$action")
	HOPS=$url
	request -H "Origin: $(origin "$url")" -H "Sec-Fetch-Site: same-origin" \
	    --data-urlencode "" "$@" "$url"
	AT=$url
	follow
}

# submit NAME=VALUE...: the page's only form.
submit() {
	submit_to "$(tr '\n' ' ' <"$PAGE" |
	    sed -n 's/.*<form method="post" action="\([^"]*\)".*/\1/p')" "$@"
}

page_text() {
	tr '\n' ' ' <"$PAGE" | sed -e 's/.*<main[^>]*>//; s/<\/main>.*//' \
	    -e 's/<\/\(p\|h1\|h2\|div\|li\|tr\|dt\|dd\|label\)>/\n/g' \
	    -e 's/<\/\(th\|td\)>/ /g' \
	    -e 's/<[^>]*>//g' | sed -e 's/&nbsp;/ /g; s/&#39;/'"'"'/g' \
	    -e 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' \
	    -e 's/[[:space:]][[:space:]]*/ /g; s/^ //; s/ $//' | grep -v '^$'
}
