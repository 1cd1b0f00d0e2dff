# messages.awk - the last exchange of one type in the simulated bank's log, as
# a table: one line an element, what was asked and what was answered.
#
#	awk -v mti=0200 -v show="2 4 11 39" -f messages.awk LOG

BEGIN {
	NAME_WIDTH = 20
	VALUE_WIDTH = 16
}

# The elements of a message are the lines below its head, which are indented.
/^[0-9:.]+ [0-9]+ till (-->|<--) bank [0-9]+$/ {
	messages++
	type[messages] = $6
	way[messages] = $4 == "-->" ? "to the bank" : "from the bank"
	next
}

/^ +[0-9]+ / && messages > 0 {
	number = substr($0, 1, 5) + 0
	name[number] = substr($0, 7, 26)
	sub(/ +$/, "", name[number])
	value[messages, number] = readable(number, substr($0, 34))
}

# DE90 begins with the original's type, trace number and time; then come
# the acquirer, who is the same, and noughts.
function readable(number, text)
{
	if (number == 90)
		text = substr(text, 1, 4) " " substr(text, 5, 6) " " \
		    substr(text, 11, 10)
	gsub(/ +/, " ", text)
	return text
}

function answer_to(asked,    wanted, i)
{
	wanted = substr(mti, 1, 2) (substr(mti, 3, 1) + 1) substr(mti, 4)
	for (i = asked + 1; i <= messages; i++)
		if (type[i] == wanted && value[i, 11] == value[asked, 11])
			return i
	return 0
}

function row(number, what, left, right,    text)
{
	text = sprintf("%4s %-" NAME_WIDTH "s  %-" VALUE_WIDTH "s  %s", number,
	    what, left, right)
	sub(/ +$/, "", text)
	print text
}

END {
	for (asked = messages; asked > 0 && type[asked] != mti; asked--)
		;
	if (asked == 0) {
		print "no message of type " mti
		exit 1
	}
	answer = answer_to(asked)
	count = split(show, shown, " ")
	for (i = 1; i <= count; i++)
		if (length(value[asked, shown[i]]) > VALUE_WIDTH)
			VALUE_WIDTH = length(value[asked, shown[i]])
	row("", "", mti " " way[asked],
	    answer ? type[answer] " " way[answer] : "no answer")
	for (i = 1; i <= count; i++)
		row(shown[i], name[shown[i]], value[asked, shown[i]],
		    answer ? value[answer, shown[i]] : "")
}
