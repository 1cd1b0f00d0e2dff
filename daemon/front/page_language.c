/*
 * page_language.c - which language a reader gets.
 */
#include <string.h>

#include "front/pages.h"
#include "front/unit.h"

void
page_language(struct work *work, const struct till_ticket *ticket)
{
	const struct catalogues *all = work->front->pages->catalogues;
	const char *accept = http_field(work->http, "Accept-Language");
	char *query = http_query(work->http);
	const char *lang;

	if (work->words != NULL)
		return;
	if (body_form(query, strlen(query), &work->body, &work->err) == -1)
		work->body.len = 0;
	lang = body_text(&work->body, "", "lang");
	if (lang != NULL)
		work->words = catalogue_find(all, lang);
	work->lang_said = work->words != NULL;
	if (work->words == NULL && ticket != NULL && ticket->lang != NULL)
		work->words = catalogue_find(all, ticket->lang);
	if (work->words == NULL && accept != NULL)
		work->words = catalogue_accept(all, accept);
	if (work->words == NULL)
		work->words = all->first;
}
