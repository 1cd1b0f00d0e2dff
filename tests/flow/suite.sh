#!/bin/sh
# The conformance suite finds what it is there for: a module with each fault
# fails the very check that is about it, and without one passes all.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"

# suite_of MODULE FAULT: the script for it.
suite_of() {
	echo suite
	[ "$2" = - ] || echo "set fault=$2"
	case $1 in
	auth_bad)
		echo 'credential word="blue moon"'
		echo 'right word="blue moon"'
		echo 'wrong word="red suns!"' ;;
	settle_bad)
		echo 'set journal=$tmp/journal'
		echo 'effects journal "moved it!"' ;;
	esac
}

run() {
	module=$1 fault=$2
	shift 2
	suite_of "$module" "$fault" >"$TMPDIR/suite.test"
	"$TILL_BUILD/tillctl" module test --timeout 5s "$@" \
	    "$TILL_BUILD/tests/modules/$module.so" "$TMPDIR/suite.test" 2>&1
}

for module in policy_bad auth_bad settle_bad settle_ledger_bad notify_bad; do
	out=$(run $module none) || fail "$module without a fault: $out"
done

n=0
while read -r module fault check; do
	# A sanitizer's malloc does not tell what is in use.
	[ "$fault" != leaks-memory ] || [ "${TILL_SANITIZE:-no}" = no ] || continue
	status=0
	out=$(run "$module" "$fault" --only "$check") || status=$?
	[ "$status" -eq 1 ] || fail "$module $fault: $check: status $status: $out"
	echo "$out" | grep -q "^FAIL  $check: ." || fail "$module $fault: $out"
	n=$((n + 1))
done <<'END'
policy_careless - settings-help
policy_careless - settings-bounds
policy_bad mute-open settings-extremes
policy_bad writes-on-check check-only
policy_bad thread-on-check check-only
policy_bad leaks-files open-close
policy_bad leaks-memory open-close
policy_bad writes-self read-only
policy_bad slow-health health
policy_bad mute-health health
policy_bad racy threadsafe
policy_bad reads-beyond older-host
policy_bad fixed-size newer-host
policy_bad error policy-answers
policy_bad foreign policy-answers
policy_bad hangs policy-answers
policy_bad exits policy-answers
policy_bad no-level policy-orders
policy_bad crashes policy-orders
policy_bad mute policy-why
policy_bad writes-files policy-pure
policy_bad fickle policy-pure
policy_bad ignores-limit policy-limits
policy_bad fails-open policy-services
auth_bad grants-at-once auth-no-reply
auth_bad no-text auth-prompts
auth_bad no-method auth-right
auth_bad tires auth-wrong
auth_bad unforgiving auth-wrong-then-right
auth_bad remembers auth-afresh
auth_bad any-after-grant auth-afresh
auth_bad asks-strangers auth-stranger
auth_bad knows-strangers auth-stranger
auth_perjurer - auth-abstains
auth_perjurer - auth-no-reply
auth_bad longest-wins auth-lengths
auth_bad reply-prefix auth-lengths
auth_bad first-octet auth-lengths
auth_bad word-prefix auth-lengths
auth_bad any-case auth-lengths
auth_bad string auth-octets
auth_bad logs auth-secrets
auth_bad says auth-secrets
auth_bad prints auth-secrets
auth_bad prints-error auth-secrets
auth_bad leaks-file descriptors
policy_bad leaks-file descriptors
settle_bad leaks-file descriptors
notify_bad leaks-file descriptors
auth_bad uncounted auth-counted
auth_bad unending-count auth-counted
auth_bad fails-open auth-services
auth_bad keeps-nothing auth-enrol
auth_bad keeps-all auth-enrol
settle_bad declines settle-answers
settle_bad unbalanced settle-answers
settle_bad moves-more settle-answers
settle_bad takes-wallet settle-answers
settle_bad takes-till settle-answers
settle_ledger_bad backwards settle-answers
settle_ledger_bad always settle-answers
settle_ledger_bad of-another settle-answers
settle_ledger_bad to-another settle-answers
settle_ledger_bad gives-payer settle-answers
settle_ledger_bad too-little settle-answers
settle_ledger_bad too-little settle-amounts
settle_ledger_bad fee-of-all settle-amounts
settle_ledger_bad moved-other settle-answers
settle_ledger_bad all-fees settle-answers
settle_bad forgets settle-same-key
settle_bad ignores-digest settle-other-digest
settle_bad denies settle-query
settle_bad query-leaves-trace settle-unknown-key
settle_eager - settle-verbs
settle_bad rounds settle-amounts
settle_bad late settle-deadline
settle_bad never-completes settle-async
settle_bad completes-twice settle-async
settle_bad reverses-twice settle-reverse
settle_bad reverses-nothing settle-reverse-unknown
settle_bad reverses-till settle-reverse
settle_ledger_bad back-to-another settle-reverse
settle_ledger_bad takes-again settle-reverse
settle_bad holds-wallet settle-hold
settle_bad commits-till settle-hold
settle_bad releases-till settle-hold
settle_bad commits-more settle-hold
settle_bad commits-twice settle-hold-once
settle_bad restarts-empty settle-restart
settle_bad effect-first settle-kill
settle_bad racy threadsafe
notify_bad error notify-answers
notify_bad mute notify-answers
notify_bad choosy notify-types
notify_bad once notify-twice
notify_bad waits notify-attempts
notify_bad short notify-long
END

# What fails every check is said by the first, and by the others in one word.
out=$(run settle_bad declines) && fail "a module that declines all: $out"
[ "$(echo "$out" | grep -c "is not COMMITTED")" -eq 1 ] || fail "said twice: $out"
check "the first" "$out" "*FAIL  settle-answers: a charge of 5.00 EUR is not COMMITTED*"
check "another" "$out" "*skip  settle-query: not reached: it fails as settle-answers does, above*"

# What is opened once is not kept by each call; slow calls do not tell.
out=$(run policy_bad opens-late --only descriptors) || fail "opens-late: $out"
check "too slow to tell" "$out" "*skip  descriptors*"

out=$(run policy_bad thread-on-check --only check-only) && fail "$out"
check "a thread is named" "$out" "*check-only: starts a thread*"

# What a module leaves behind is seen at the end of a whole run.
for fault in prints leaves-program; do
	out=$(run policy_bad $fault) && fail "$fault: $out"
	echo "$out" | grep -q '^FAIL  quiet: ' || fail "$fault: $out"
done

# Every check that there is has been shown to fail.
"$TILL_BUILD/tillctl" module test --list | awk '{ print $1 }' >"$TMPDIR/all"
while read -r check; do
	grep -q " $check\$" "$0" || case $check in
	quiet|loads|settings-defaults) ;;
	*) fail "no module fails the check $check" ;;
	esac
done <"$TMPDIR/all"
echo "$n faults found"
