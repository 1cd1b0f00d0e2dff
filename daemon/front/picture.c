/*
 * picture.c - what was sold each day, drawn as SVG (SVG 2) within a page.
 *
 * A picture has a title and a description, and says nothing that the table
 * below it does not: whoever cannot see it lacks nothing.  Its words stand
 * around it, so that they keep their size on a telephone.  All numbers are
 * whole ones: a bar's height is a part in a thousand of the highest.
 */
#include <stdio.h>
#include <string.h>

#include "front/merchant_priv.h"

#define HEIGHT 1000 /* of the picture, in its own units */
#define STEP 20 /* from one day to the next */
#define BAR 14 /* a bar's width */
#define BAR_NONE 12 /* its height on a day on which nothing was sold */
#define BAR_MIN 30 /* and at least on one on which something was */
#define CURRENCIES_MAX 16

/* The days of one currency. */
struct picture {
	char currency[TILL_CURRENCY_MAX];
	int64_t first_s;
	int64_t micro[MERCHANT_DAYS];
	int64_t count[MERCHANT_DAYS];
	int64_t sum, sales; /* of all */
	int most; /* the day with the highest sum */
};

static size_t collect(const json_t *, int64_t, struct picture[CURRENCIES_MAX]);
static struct picture *picture_of(struct picture[CURRENCIES_MAX], size_t *,
    const char *);
static void add(struct picture *, int, int64_t, int64_t);
static void put_picture(struct page *, const struct picture *);
static void put_caption(struct page *, const struct picture *);
static void put_words(struct page *, const struct picture *);
static void put_bars(struct page *, const struct picture *);
static int64_t bar_height(int64_t, int64_t);
static void put_bar(struct page *, const struct picture *, int);
static void put_ends(struct page *, const struct picture *);
static void put_table(struct page *, const struct picture *);
static void put_day(struct page *, const struct picture *, int);

void
put_pictures(struct page *page, const json_t *days, int64_t first_s)
{
	struct picture pictures[CURRENCIES_MAX];
	const size_t len = collect(days, first_s, pictures);
	size_t i;

	if (len == 0)
		put_element(page, "p class=\"info\"", "till.days-none");
	for (i = 0; i < len; i++)
		put_picture(page, &pictures[i]);
}

/* What cannot be read is not drawn: there is none such. */
static size_t
collect(const json_t *days, int64_t first_s,
    struct picture pictures[CURRENCIES_MAX])
{
	struct picture *picture;
	struct till_money money;
	struct till_error err;
	const json_t *item;
	size_t i, len = 0;
	int64_t day;

	for (i = 0; i < json_array_size(days); i++) {
		item = json_array_get(days, i);
		day = (doc_time(item, "day") - first_s) / MERCHANT_DAY_S;
		if (day < 0 || day >= MERCHANT_DAYS ||
		    till_money_parse_with_currency(doc_get(item, "amount"),
			&money, &err) == -1)
			continue;
		picture = picture_of(pictures, &len, money.currency);
		if (picture == NULL)
			continue;
		picture->first_s = first_s;
		add(picture, (int)day, money.micro,
		    json_integer_value(json_object_get(item, "count")));
	}
	return len;
}

static struct picture *
picture_of(struct picture pictures[CURRENCIES_MAX], size_t *len,
    const char *currency)
{
	size_t i;

	for (i = 0; i < *len; i++)
		if (strcmp(pictures[i].currency, currency) == 0)
			return &pictures[i];
	if (i == CURRENCIES_MAX)
		return NULL;
	++*len;
	memset(&pictures[i], 0, sizeof(pictures[i]));
	(void)snprintf(pictures[i].currency, sizeof(pictures[i].currency), "%s",
	    currency);
	return &pictures[i];
}

/* A day may come in several parts; a sum that overflows stays as it was, and
 * no currency has so much. */
static void
add(struct picture *picture, int day, int64_t micro, int64_t count)
{
	int64_t sum;

	if (__builtin_add_overflow(picture->sum, micro, &sum))
		return;
	picture->sum = sum;
	picture->micro[day] += micro;
	picture->count[day] += count;
	picture->sales += count;
	if (picture->micro[day] > picture->micro[picture->most])
		picture->most = day;
}

static void
put_picture(struct page *page, const struct picture *picture)
{
	put(page, "<figure class=\"sold\">\n");
	put_caption(page, picture);
	put_bars(page, picture);
	put_ends(page, picture);
	put_table(page, picture);
	put(page, "</figure>\n");
}

static void
put_caption(struct page *page, const struct picture *picture)
{
	put(page, "<figcaption><strong>");
	put_money(page, picture->sum, picture->currency);
	put(page, "</strong> <span>");
	put_word(page, "till.sales");
	put(page, " ");
	text_number(&page->text, (uint64_t)picture->sales);
	put(page, "</span> <span class=\"most\">");
	put_word(page, "till.most");
	put(page, " ");
	put_money(page, picture->micro[picture->most], picture->currency);
	put(page, "</span></figcaption>\n");
}

static void
put_bars(struct page *page, const struct picture *picture)
{
	int i;

	put(page, "<svg class=\"bars\" role=\"img\" aria-labelledby=\"bars-");
	put(page, picture->currency);
	put(page, " said-");
	put(page, picture->currency);
	put(page, "\" viewBox=\"0 0 ");
	text_number(&page->text, MERCHANT_DAYS * STEP);
	put(page, " ");
	text_number(&page->text, HEIGHT);
	put(page, "\" preserveAspectRatio=\"none\">\n<title id=\"bars-");
	put(page, picture->currency);
	put(page, "\">");
	put_word(page, "till.picture");
	put(page, " ");
	put(page, picture->currency);
	put(page, "</title>\n<desc id=\"said-");
	put(page, picture->currency);
	put(page, "\">");
	put_words(page, picture);
	put(page, "</desc>\n");
	for (i = 0; i < MERCHANT_DAYS; i++)
		put_bar(page, picture, i);
	put(page, "</svg>\n");
}

/* The picture in words. */
static void
put_words(struct page *page, const struct picture *picture)
{
	char day[LOCALE_TIME_MAX];

	put_word(page, "till.together");
	put(page, " ");
	put_money(page, picture->sum, picture->currency);
	put(page, ". ");
	put_word(page, "till.most");
	put(page, " ");
	put_money(page, picture->micro[picture->most], picture->currency);
	put(page, ", ");
	text_html(&page->text,
	    locale_day(page->words,
		picture->first_s + picture->most * MERCHANT_DAY_S, day));
	put(page, ".");
}

static int64_t
bar_height(int64_t micro, int64_t most)
{
	int64_t height;

	if (micro <= 0)
		return BAR_NONE;
	/* As a product it might be too large. */
	height = most > INT64_MAX / HEIGHT ? micro / (most / HEIGHT)
					   : micro * HEIGHT / most;
	if (height < BAR_MIN)
		return BAR_MIN;
	return height > HEIGHT ? HEIGHT : height;
}

/* What a pointer finds at a bar is in the table, too. */
static void
put_bar(struct page *page, const struct picture *picture, int day)
{
	const int64_t most = picture->micro[picture->most];
	char day_text[LOCALE_TIME_MAX];
	int64_t height = bar_height(picture->micro[day], most);

	put(page,
	    height == BAR_NONE ? "<rect class=\"none\" x=\"" : "<rect x=\"");
	text_number(&page->text, (uint64_t)day * STEP + (STEP - BAR) / 2);
	put(page, "\" y=\"");
	text_number(&page->text, (uint64_t)(HEIGHT - height));
	put(page, "\" width=\"");
	text_number(&page->text, BAR);
	put(page, "\" height=\"");
	text_number(&page->text, (uint64_t)height);
	put(page, "\"><title>");
	text_html(&page->text,
	    locale_day(page->words, picture->first_s + day * MERCHANT_DAY_S,
		day_text));
	put(page, " \342\200\223 ");
	put_money(page, picture->micro[day], picture->currency);
	put(page, "</title></rect>\n");
}

static void
put_ends(struct page *page, const struct picture *picture)
{
	const int64_t last_s =
	    picture->first_s + (MERCHANT_DAYS - 1) * MERCHANT_DAY_S;
	char day[LOCALE_TIME_MAX];

	put(page, "<p class=\"axis\" aria-hidden=\"true\"><span>");
	text_html(&page->text, locale_day(page->words, picture->first_s, day));
	put(page, "</span> <span>");
	text_html(&page->text, locale_day(page->words, last_s, day));
	put(page, "</span></p>\n");
}

/* The newest day first, as everywhere; days without sales are left out. */
static void
put_table(struct page *page, const struct picture *picture)
{
	int i;

	put(page, "<details><summary>");
	put_word(page, "till.table");
	put(page, "</summary>\n<table>\n<thead><tr><th scope=\"col\">");
	put_word(page, "till.day");
	put(page, "</th><th scope=\"col\">");
	put_word(page, "till.count");
	put(page, "</th><th scope=\"col\">");
	put_word(page, "statement.amount");
	put(page, "</th></tr></thead>\n<tbody>\n");
	for (i = MERCHANT_DAYS - 1; i >= 0; i--)
		if (picture->count[i] > 0)
			put_day(page, picture, i);
	put(page, "</tbody>\n</table>\n</details>\n");
}

static void
put_day(struct page *page, const struct picture *picture, int day)
{
	char text[LOCALE_TIME_MAX];

	put(page, "<tr><td>");
	text_html(&page->text,
	    locale_day(page->words, picture->first_s + day * MERCHANT_DAY_S,
		text));
	put(page, "</td><td>");
	text_number(&page->text, (uint64_t)picture->count[day]);
	put(page, "</td><td>");
	put_money(page, picture->micro[day], picture->currency);
	put(page, "</td></tr>\n");
}
