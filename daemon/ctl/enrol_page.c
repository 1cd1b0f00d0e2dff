/*
 * enrol_page.c - a few enrolments that wait for a browser.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/enrol.h"
#include "ctl/enrol_page.h"
#include "rear/clock.h"
#include "rear/sessions.h"

#define FORMAT "webauthn-create"
#define LABEL "label"

/* One that waits.  enrolment NULL: the place is free. */
struct enrol_page {
	struct enrolment *enrolment;
	struct generation *generation; /* counted */
	struct instance *instance;
	struct till_context *context;
	struct till_order order; /* the context's */
	char cid[TILL_ID_MAX];
	unsigned char session[SESSION_NAME_SIZE];
	char prompt[TILL_PROMPT_ID_MAX]; /* that is to be answered */
	int64_t began_ms;
};

struct enrol_pages {
	struct enrol_page all[ENROL_PAGES_MAX];
};

static int begin(struct enrol_page *, struct call *, const char *,
    const char *);
static struct instance *instance_of(const struct generation *, const char *);
static int ask(struct enrol_page *, struct call *);
static int answer(struct enrol_page *, struct call *);
static struct enrol_page *find(struct enrol_pages *, const struct call *);
static struct enrol_page *place(struct enrol_pages *);
static void clear(struct enrol_page *);

struct enrol_pages *
enrol_pages_new(void)
{
	return calloc(1, sizeof(struct enrol_pages));
}

void
enrol_pages_free(struct enrol_pages *pages)
{
	size_t i;

	for (i = 0; pages != NULL && i < ENROL_PAGES_MAX; i++)
		clear(&pages->all[i]);
	free(pages);
}

int
enrol_page_begin(struct enrol_pages *pages, struct call *call, const char *cid,
    const char *module)
{
	struct enrol_page *page;
	int status;
	size_t i;

	if (call->session == NULL)
		return call_fail(call, EX_SOFTWARE, "it is no customer's call");
	for (i = 0; i < ENROL_PAGES_MAX; i++)
		if (strcmp(pages->all[i].cid, cid) == 0)
			clear(&pages->all[i]);
	page = place(pages);
	status = begin(page, call, cid, module);
	if (status != EX_OK)
		clear(page);
	return status;
}

int
enrol_page_end(struct enrol_pages *pages, struct call *call, const char *cid,
    struct enrolment **enrolment_r)
{
	struct enrol_page *page =
	    call->session == NULL ? NULL : find(pages, call);
	int status;

	if (page == NULL || strcmp(page->cid, cid) != 0 ||
	    clock_ms() - page->began_ms > ENROL_PAGE_S * 1000)
		return call_fail(call, EX_NOINPUT,
		    "nothing waits for such an answer");
	status = answer(page, call);
	if (status == EX_OK) {
		*enrolment_r = page->enrolment;
		page->enrolment = NULL; /* the caller's now */
	}
	clear(page);
	return status;
}

static int
begin(struct enrol_page *page, struct call *call, const char *cid,
    const char *module)
{
	page->enrolment = calloc(1, sizeof(*page->enrolment));
	if (page->enrolment == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	page->generation = rear_generation(call->rear);
	page->instance = instance_of(page->generation, module);
	if (page->instance == NULL)
		return call_fail(call, EX_NOINPUT,
		    "no %s of the auth stack enrols customers", module);
	page->began_ms = clock_ms();
	memcpy(page->session, call->session, sizeof(page->session));
	(void)snprintf(page->cid, sizeof(page->cid), "%s", cid);
	page->order = enrol_order(page->cid, "browser");
	page->enrolment->what = TILL_ENROL_ADD;
	(void)snprintf(page->enrolment->instance,
	    sizeof(page->enrolment->instance), "%s",
	    instance_name(page->instance));
	page->context = context_new(page->enrolment->instance, TILL_AUTH,
	    &enrol_services, page->enrolment);
	if (page->context == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	page->context->order = &page->order;
	return ask(page, call);
}

static struct instance *
instance_of(const struct generation *generation, const char *module)
{
	const struct conf_stack *auth = &generation->conf->auth;
	struct instance *instance;
	size_t i;

	for (i = 0; i < auth->len; i++) {
		instance = generation_instance(generation, &auth->rules[i]);
		if (instance != NULL &&
		    strcmp(instance_module(instance)->name, module) == 0 &&
		    instance_module(instance)->enrol != NULL)
			return instance;
	}
	return NULL;
}

static int
ask(struct enrol_page *page, struct call *call)
{
	const struct prompt *prompt = NULL;
	json_t *object;
	size_t i;

	page->enrolment->call = call;
	if (instance_enrol(page->instance, page->context, TILL_ENROL_ADD) !=
	    TILL_NEED_INPUT)
		return call_fail(call, EX_NOINPUT, "%s: %.180s",
		    page->enrolment->instance,
		    page->context->why.text[0] != '\0' ? page->context->why.text
						       : "it asks for nothing");
	for (i = 0; i < page->context->prompts_len && prompt == NULL; i++)
		if (strcmp(page->context->prompts[i].format, FORMAT) == 0)
			prompt = &page->context->prompts[i];
	if (prompt == NULL)
		return call_fail(call, EX_NOINPUT,
		    "%s makes no passkeys: has it an origin?",
		    page->enrolment->instance);
	(void)snprintf(page->prompt, sizeof(page->prompt), "%s", prompt->id);
	object = json_object();
	doc_text(object, "id", prompt->id);
	doc_text(object, "format", prompt->format);
	doc_text(object, "data", prompt->data);
	(void)json_object_set_new(call->reply, "prompt", object);
	return EX_OK;
}

static int
answer(struct enrol_page *page, struct call *call)
{
	const char *label = call_text(call, LABEL);
	struct till_context *context = page->context;
	enum till_result result;

	page->enrolment->call = call;
	if (call->secrets_len != 1)
		return call_fail(call, EX_DATAERR, "the answer is missing");
	if (context_reply_put(context, page->prompt, call->secrets[0].data,
		call->secrets[0].len, "", &call->err) == -1 ||
	    (label != NULL &&
		context_reply_put(context, LABEL, label, strlen(label), "",
		    &call->err) == -1))
		return EX_DATAERR;
	result = instance_enrol(page->instance, context, TILL_ENROL_ADD);
	if (result == TILL_GRANT)
		return EX_OK;
	return call_fail(call, EX_DATAERR, "%s: %.180s",
	    page->enrolment->instance,
	    context->why.text[0] != '\0' ? context->why.text
					 : "it was not taken");
}

static struct enrol_page *
find(struct enrol_pages *pages, const struct call *call)
{
	size_t i;

	for (i = 0; i < ENROL_PAGES_MAX; i++)
		if (pages->all[i].enrolment != NULL &&
		    memcmp(pages->all[i].session, call->session,
			SESSION_NAME_SIZE) == 0)
			return &pages->all[i];
	return NULL;
}

/* A free one, or the oldest made free. */
static struct enrol_page *
place(struct enrol_pages *pages)
{
	struct enrol_page *oldest = &pages->all[0];
	size_t i;

	for (i = 0; i < ENROL_PAGES_MAX; i++) {
		if (pages->all[i].enrolment == NULL)
			return &pages->all[i];
		if (pages->all[i].began_ms < oldest->began_ms)
			oldest = &pages->all[i];
	}
	clear(oldest);
	return oldest;
}

static void
clear(struct enrol_page *page)
{
	context_free(page->context);
	serve_enrol_free(page->enrolment);
	generation_unref(page->generation);
	memset(page, 0, sizeof(*page));
}
