/*
 * qr.c - see qr.h; the code itself is computed by libqrencode.
 */
#include <string.h>

#include <qrencode.h>

#include "front/qr.h"

#define QUIET 4 /* squares around it, ISO/IEC 18004 */
#define BLACK 1u /* of a square, the lowest bit */

static void draw(struct text *, const QRcode *);
static void draw_row(struct text *, const unsigned char *row, int width, int y);

int
qr_svg(struct text *out, const char *text, const char *label)
{
	const size_t len = strlen(text);
	QRcode *code = NULL;
	uint64_t size;

	if (len > 0 && len <= TEXT_MAX)
		code = QRcode_encodeData((int)len, (const unsigned char *)text,
		    0, QR_ECLEVEL_M);
	if (code == NULL || code->version > QR_VERSION_MAX) {
		QRcode_free(code);
		return -1;
	}
	size = (uint64_t)code->width + 2 * QUIET;
	text_add(out, "<svg class=\"qr\" role=\"img\" aria-label=\"");
	text_html(out, label);
	text_add(out, "\" viewBox=\"0 0 ");
	text_number(out, size);
	text_add(out, " ");
	text_number(out, size);
	text_add(out,
	    "\" shape-rendering=\"crispEdges\">"
	    "<path fill=\"#fff\" d=\"M0 0h");
	text_number(out, size);
	text_add(out, "v");
	text_number(out, size);
	text_add(out, "H0z\"/><path fill=\"#000\" d=\"");
	draw(out, code);
	text_add(out, "\"/></svg>\n");
	QRcode_free(code);
	return 0;
}

static void
draw(struct text *out, const QRcode *code)
{
	int y;

	for (y = 0; y < code->width; y++)
		draw_row(out, code->data + (ptrdiff_t)y * code->width,
		    code->width, y);
}

/* Squares beside each other are one stroke, so that no seam shows. */
static void
draw_row(struct text *out, const unsigned char *row, int width, int y)
{
	int x = 0, begin;

	while (x < width) {
		begin = x;
		while (x < width && (row[x] & BLACK) != 0)
			x++;
		if (x == begin) {
			x++;
			continue;
		}
		text_add(out, "M");
		text_number(out, (uint64_t)begin + QUIET);
		text_add(out, " ");
		text_number(out, (uint64_t)y + QUIET);
		text_add(out, "h");
		text_number(out, (uint64_t)(x - begin));
		text_add(out, "v1H");
		text_number(out, (uint64_t)begin + QUIET);
		text_add(out, "z");
	}
}
