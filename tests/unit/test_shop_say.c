/*
 * test_shop_say.c - what the shop says to its operator is one line, whatever is
 * in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "till-shop/shop.h"

/* What was said, of a text. */
static const char *
said(const char *text)
{
	static char line[4096];
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(file);
	assert_int_not_equal(kept, -1);
	assert_int_not_equal(dup2(fileno(file), STDERR_FILENO), -1);
	shop_say("%s: why", text);
	assert_int_not_equal(dup2(kept, STDERR_FILENO), -1);
	close(kept);
	rewind(file);
	n = fread(line, 1, sizeof(line) - 1, file);
	line[n] = '\0';
	(void)fclose(file);
	return line;
}

static void
it_is_one_line_of_printable_characters(void **state)
{
	char text[2048];

	(void)state;
	assert_string_equal(said("/order/x"), "till-shop: /order/x: why\n");
	assert_string_equal(said("a\nb\r\033[2J\177\233"),
	    "till-shop: a?b??[2J??: why\n");
	assert_string_equal(said("\303\251 ~%s%n"),
	    "till-shop: ?? ~%s%n: why\n");
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(strlen(said(text)), strlen("till-shop: \n") + 1023);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_one_line_of_printable_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
