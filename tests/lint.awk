# lint.awk - what the text of C files must not contain, and how long it may be.
# Prints FILE:LINE: TEXT for every finding.

BEGIN {
	BANNED = "strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atoll|" \
	    "atof|rand|srand|system|popen|alloca|float|double"
	FUNCTION_LINES = 70
	FILE_LINES = 500
}

# strip(S): the line without its comments and without what its literals say.
function strip(s,    out, i)
{
	out = ""
	while (s != "") {
		if (comment) {
			i = index(s, "*/")
			if (i == 0)
				return out
			s = substr(s, i + 2)
			comment = 0
			out = out " "
		}
		if (!match(s, /\/\*|\/\/|"([^"\\]|\\.)*"|'([^'\\]|\\.)*'/))
			return out s
		out = out substr(s, 1, RSTART - 1)
		i = substr(s, RSTART, 2)
		s = substr(s, RSTART + RLENGTH)
		if (i == "//")
			return out
		if (i == "/*")
			comment = 1
		else
			out = out "\"\""
	}
	return out
}

function complain(line, text)
{
	print FILENAME ":" line ": " text
}

FNR == 1 {
	comment = 0
	start = 0
}

FNR == FILE_LINES + 1 {
	complain(FNR, "the file is longer than " FILE_LINES " lines")
}

/^{/ {
	start = FNR
}

/^}/ {
	if (start && FNR - start - 1 > FUNCTION_LINES)
		complain(start, "the function has " FNR - start - 1 " lines")
	start = 0
}

{
	code = " " strip($0) " "
	sub(/^ *# *include.*/, "", code)
	while (match(code, "[^A-Za-z0-9_](" BANNED ")[^A-Za-z0-9_]")) {
		complain(FNR, "'" substr(code, RSTART + 1, RLENGTH - 2) \
		    "' is not used here")
		code = substr(code, RSTART + RLENGTH - 1)
	}
	if ($0 ~ /[ \t]$/)
		complain(FNR, "blanks at the end of the line")
}
