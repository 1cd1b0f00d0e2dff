# judge.awk - is a change of the ABI one that a minor version may make?
#
# Reads what "abidiff --leaf-changes-only --harmless --redundant" says.
# Members may be appended to a struct, behind its old end, and values to an
# enumeration; whatever else has changed is printed, and makes status 1.
function complain(text)
{
	print text
	bad = 1
}

/^$|^Leaf changes summary|^Changed leaf types summary/ { next }
/^Removed\/Changed\/Added/ {
	if ($0 !~ / 0 Removed, 0 Changed(, |\()/)
		complain($0)
	next
}
/^'.*' changed:$/ {
	what = $0
	old = -1
	next
}
/^  type size changed from [0-9]+ to [0-9]+ \(in bits\)$/ {
	old = $5 + 0
	if ($7 + 0 < old)
		complain(what $0)
	next
}
/^  type size hasn't changed$/ { next }
/^  [0-9]+ (data member|enumerator) insertions?:$/ { next }
/^    '.*::.*' value '[0-9]+'$/ { next }
/^    '.*', at offset [0-9]+ \(in bits\)/ {
	at = $0
	sub(/.*, at offset /, "", at)
	if (old < 0 || at + 0 < old)
		complain(what $0)
	next
}
{ complain(what " " $0) }

END { exit bad }
