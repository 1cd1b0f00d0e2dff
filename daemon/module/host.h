/*
 * host.h - the parts of struct till_host that lie in files of their own.
 */
#ifndef MODULE_HOST_H
#define MODULE_HOST_H

#include <till/module.h>

/* Whether a struct that a module gave reaches as far as this member. */
#define HOST_REACHES(p, type, member)                                          \
	((p) != NULL &&                                                        \
	    (p)->size >= offsetof(type, member) + sizeof((p)->member))

/* host_prompt.c */
int host_prompt(struct till_context *, const struct till_prompt *);
int host_reply(struct till_context *, const char *id, struct till_reply *);

/* host_store.c */
int host_credential_list(struct till_context *,
    int (*each)(void *arg, const struct till_credential *), void *arg);
int host_credential_get(struct till_context *, const char *id,
    struct till_credential *);
int host_credential_put(struct till_context *, const struct till_credential *);
int host_credential_remove(struct till_context *, const char *id);
int host_failures(struct till_context *, struct till_failures *);
int host_failures_here(struct till_context *, struct till_failures *);
int host_failed(struct till_context *);
int host_succeeded(struct till_context *);

/* host_plain.c */
int64_t host_now_ms(struct till_instance *);
int host_random(void *, size_t);

#endif
