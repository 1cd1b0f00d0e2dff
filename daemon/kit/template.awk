# template.awk - the files of daemon/kit/template as C: an array of lines
# for each, and the table of them.  The files are its arguments, named below
# template/.
function name_of(path)
{
	sub(/^.*\/template\//, "", path)
	return path
}

FNR == 1 {
	if (n > 0)
		print "\tNULL };\n"
	files[n++] = name_of(FILENAME)
	print "static const char *const lines_" n "[] = {"
}

{
	gsub(/[\\"]/, "\\\\&")
	gsub(/\t/, "\\t")
	print "\t\"" $0 "\\n\","
}

END {
	print "\tNULL };\n"
	print "const struct kit_template kit_templates[] = {"
	for (i = 0; i < n; i++) {
		at = index(files[i], "/")
		print "\t{ \"" substr(files[i], 1, at - 1) "\", \"" \
		    substr(files[i], at + 1) "\", lines_" i + 1 " },"
	}
	print "\t{ NULL, NULL, NULL },\n};"
}
