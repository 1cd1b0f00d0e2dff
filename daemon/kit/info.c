/*
 * info.c - what a module's file says of itself.
 */
#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "kit/check.h"
#include "kit/child.h"
#include "kit/kit.h"
#include "kit/words.h"
#include "module/descriptor.h"
#include "module/loader.h"

#define SETTINGS_TEXT_MAX (64 * 1024) /* octets of a table as text */

/* For the process that loads the module. */
struct listing {
	const struct kit_target *target;
	char *text; /* shared: JSON, {"settings": the table, "reports"} */
	char *err; /* shared */
};

static void print_json(json_t *);
static void print_text(const struct kit_target *, const char *unfit);
static json_t *note_json(const struct kit_target *, const char *unfit);
static json_t *descriptor_of(struct kit_target *, struct till_error *);
static void list_settings(void *);
static json_t *setting_json(const struct till_setting *);
static void print_settings(const json_t *);

int
kit_info(const char *path, bool settings, bool json)
{
	struct kit_target target;
	struct till_error err, why;
	json_t *object, *descriptor = NULL;
	bool unfit;

	if (kit_target_note(path, &target, &err) == -1) {
		if (json)
			print_json(json_pack("{s:s}", "error", err.text));
		else
			(void)fprintf(stderr, "tillctl: %s\n", err.text);
		return KIT_EXIT_FAILED;
	}
	unfit = note_check(&target.note, &why) == -1;
	if (settings && !unfit) {
		descriptor = descriptor_of(&target, &err);
		if (descriptor == NULL) {
			(void)fprintf(stderr, "tillctl: %s\n", err.text);
			return KIT_EXIT_FAILED;
		}
	}
	if (json) {
		object = note_json(&target, unfit ? why.text : NULL);
		if (descriptor != NULL)
			(void)json_object_update(object, descriptor);
		print_json(object);
	} else {
		print_text(&target, unfit ? why.text : NULL);
		if (json_is_true(json_object_get(descriptor, "reports")))
			(void)puts("reports to the operator");
		print_settings(json_object_get(descriptor, "settings"));
	}
	json_decref(descriptor);
	return unfit ? KIT_EXIT_FAILED : EX_OK;
}

static void
print_json(json_t *object)
{
	if (json_dumpf(object, stdout, JSON_INDENT(2)) == 0)
		(void)putchar('\n');
	json_decref(object);
}

static void
print_text(const struct kit_target *target, const char *unfit)
{
	const struct till_note *note = &target->note;
	size_t i;

	(void)printf("name:       %s\nversion:    %s\nABI:        %u.%u\n",
	    note->name, note->version, note->abi_major, note->abi_minor);
	(void)printf("facilities:");
	for (i = 0; kit_facilities[i].name != NULL; i++)
		if ((note->facilities & kit_facilities[i].bit) != 0)
			(void)printf(" %s", kit_facilities[i].name);
	(void)printf("\ncan:%s\n", note->caps == 0 ? "        -" : "");
	for (i = 0; kit_caps[i].name != NULL; i++)
		if ((note->caps & kit_caps[i].bit) != 0)
			(void)printf("  %-11s %s\n", kit_caps[i].name,
			    kit_caps[i].meaning);
	if (unfit != NULL)
		(void)printf("no server of this version takes it: it %s\n",
		    unfit);
}

static json_t *
note_json(const struct kit_target *target, const char *unfit)
{
	const struct till_note *note = &target->note;
	json_t *object, *facilities = json_array(), *caps = json_array();
	char abi[16];
	size_t i;

	for (i = 0; kit_facilities[i].name != NULL; i++)
		if ((note->facilities & kit_facilities[i].bit) != 0)
			(void)json_array_append_new(facilities,
			    json_string(kit_facilities[i].name));
	for (i = 0; kit_caps[i].name != NULL; i++)
		if ((note->caps & kit_caps[i].bit) != 0)
			(void)json_array_append_new(caps,
			    json_string(kit_caps[i].name));
	(void)snprintf(abi, sizeof(abi), "%u.%u", note->abi_major,
	    note->abi_minor);
	object = json_pack("{s:s, s:s, s:s, s:o, s:o, s:b}", "name", note->name,
	    "version", note->version, "abi", abi, "facilities", facilities,
	    "caps", caps, "fit", unfit == NULL);
	if (unfit != NULL && object != NULL)
		(void)json_object_set_new(object, "unfit", json_string(unfit));
	return object;
}

/* What only its code says, as a process of its own has read it. */
static json_t *
descriptor_of(struct kit_target *target, struct till_error *err)
{
	struct kit_target opened;
	struct kit_child_report report;
	struct listing listing = { .target = &opened };
	struct kit_child_options options = { .run = list_settings,
		.arg = &listing };
	char text[KIT_TEXT_MAX];
	json_t *table = NULL;

	if (kit_target_open(target->path, &opened, err) == -1)
		return NULL;
	listing.text = kit_shared_new(SETTINGS_TEXT_MAX + TILL_ERROR_MAX);
	if (listing.text == NULL) {
		till_error_set(err, "out of memory");
	} else {
		listing.err = listing.text + SETTINGS_TEXT_MAX;
		kit_child_run(&options, &report);
		if (report.end != KIT_CHILD_DONE)
			till_error_set(err, "%s: %s", target->path,
			    kit_child_describe(&report, text, sizeof(text)));
		else if (listing.err[0] != '\0')
			till_error_set(err, "%s", listing.err);
		else
			table = json_loads(listing.text, 0, NULL);
		if (report.end == KIT_CHILD_DONE && listing.err[0] == '\0' &&
		    table == NULL)
			till_error_set(err, "the table cannot be shown");
	}
	kit_shared_free(listing.text, SETTINGS_TEXT_MAX + TILL_ERROR_MAX);
	kit_target_close(&opened);
	return table;
}

static void
list_settings(void *arg)
{
	struct listing *listing = arg;
	const struct loader_options options = {
		.dirs = { listing->target->dir },
		.dirs_len = 1,
		.allow_mock = true,
	};
	struct loader *loader = loader_new(&options);
	const struct till_setting *setting;
	const struct loaded *loaded;
	struct till_error err = { "out of memory" };
	json_t *table = json_array(), *object;
	size_t len;

	if (loader == NULL || table == NULL ||
	    loader_load(loader, listing->target->name, &loaded, &err) == -1) {
		(void)snprintf(listing->err, TILL_ERROR_MAX, "%s", err.text);
		return;
	}
	setting = loaded_module(loaded)->settings;
	while (setting != NULL && setting->name != NULL)
		(void)json_array_append_new(table, setting_json(setting++));
	object = json_pack("{s:o, s:b}", "settings", table, "reports",
	    loaded_module(loaded)->report != NULL);
	len = json_dumpb(object, listing->text, SETTINGS_TEXT_MAX - 1,
	    JSON_COMPACT);
	listing->text[len < SETTINGS_TEXT_MAX ? len : 0] = '\0';
	json_decref(object);
	loader_free(loader);
}

static json_t *
setting_json(const struct till_setting *setting)
{
	json_t *object, *names;
	size_t i;

	object = json_pack("{s:s, s:s, s:b, s:s*, s:s*}", "name", setting->name,
	    "type", kit_setting_type(setting->type), "required",
	    (setting->flags & TILL_SETTING_REQUIRED) != 0, "initial",
	    setting->initial, "help", setting->help);
	if (object != NULL && (setting->low != 0 || setting->high != 0)) {
		(void)json_object_set_new(object, "low",
		    json_integer(setting->low));
		(void)json_object_set_new(object, "high",
		    json_integer(setting->high));
	}
	if (object != NULL && setting->type == TILL_SET_ENUM) {
		names = json_array();
		for (i = 0; setting->names[i] != NULL; i++)
			(void)json_array_append_new(names,
			    json_string(setting->names[i]));
		(void)json_object_set_new(object, "words", names);
	}
	return object;
}

static void
print_settings(const json_t *table)
{
	const json_t *setting, *initial;
	size_t i;

	if (table == NULL)
		return;
	(void)puts("settings:");
	json_array_foreach(table, i, setting)
	{
		initial = json_object_get(setting, "initial");
		(void)printf("  %-20s %-11s %s%s%s\n",
		    json_string_value(json_object_get(setting, "name")),
		    json_string_value(json_object_get(setting, "type")),
		    json_is_true(json_object_get(setting, "required"))
			? "required"
			: "",
		    initial != NULL ? json_string_value(initial) : "", "");
		if (json_object_get(setting, "help") != NULL)
			(void)printf("      %s\n",
			    json_string_value(
				json_object_get(setting, "help")));
	}
}
