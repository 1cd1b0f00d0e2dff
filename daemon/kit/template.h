/*
 * template.h - the files of new modules, as the build has read them from
 * daemon/kit/template.
 */
#ifndef KIT_TEMPLATE_H
#define KIT_TEMPLATE_H

struct kit_template {
	const char *kind; /* its folder; "common": of all kinds */
	const char *file; /* below it */
	const char *const *lines; /* ends with NULL */
};

extern const struct kit_template kit_templates[]; /* ends with no kind */

#endif
