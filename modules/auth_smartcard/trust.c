/*
 * trust.c - the CAs that are believed, and their CRLs.
 */
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth_smartcard/certificate.h"
#include "common/file.h"

#define AGAIN_S 60 /* until what could not be read is tried again */
#define AUTH_LEVEL 2 /* of X509_VERIFY_PARAM_set_auth_level: 112 bits */

/* What a file looked like when it was read. */
struct look {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed;
};

/* What was read together. */
struct loaded {
	X509_STORE *store;
	STACK_OF(X509) * cas;
	STACK_OF(X509_CRL) * crls;
};

struct trust {
	struct trust_options options;
	ASN1_OBJECT *usage, *policy;
	pthread_mutex_t lock; /* for what follows */
	struct look ca_look, crl_look;
	bool failed; /* what looks so could not be read when last tried */
	int64_t again_s; /* by monotonic_s: then it is tried again */
	struct loaded loaded;
};

static int oid_read(const char *, const char *setting, ASN1_OBJECT **,
    struct till_error *);
static void look_at(const char *, struct look *);
static bool look_same(const struct look *, const struct look *);
static int load(const struct trust *, struct loaded *, struct till_error *);
static int load_cas(const char *path, struct loaded *, struct till_error *);
static int load_crls(const char *path, struct loaded *, struct till_error *);
static BIO *open_file(const char *path, size_t max, struct till_error *);
static int at_end(const char *path, struct till_error *);
static void unload(struct loaded *);
static X509_STORE *current(struct trust *, struct till_error *);
static void refresh(struct trust *, bool at_once, struct till_error *);
static int64_t monotonic_s(void);
static int chain_check(const struct trust *, X509_STORE *, X509 *,
    int64_t time_s, struct till_error *);
static int set_rules(const struct trust *, X509_VERIFY_PARAM *, int64_t time_s);
static int leaf_check(const struct trust *, X509 *, struct till_error *);
static bool has_usage(X509 *, const ASN1_OBJECT *);

int
trust_new(const struct trust_options *options, struct trust **trust_r,
    struct till_error *err)
{
	struct trust *trust = calloc(1, sizeof(*trust));

	if (trust == NULL || pthread_mutex_init(&trust->lock, NULL) != 0) {
		free(trust);
		return till_fail(err, "out of memory");
	}
	trust->options = *options;
	if (oid_read(options->usage, "usage", &trust->usage, err) == -1 ||
	    oid_read(options->policy, "policy", &trust->policy, err) == -1)
		goto out;
	look_at(options->ca, &trust->ca_look);
	look_at(options->crl, &trust->crl_look);
	if (load(trust, &trust->loaded, err) == -1)
		goto out;
	*trust_r = trust;
	return 0;
out:
	trust_free(trust);
	return -1;
}

void
trust_free(struct trust *trust)
{
	if (trust == NULL)
		return;
	unload(&trust->loaded);
	ASN1_OBJECT_free(trust->usage);
	ASN1_OBJECT_free(trust->policy);
	(void)pthread_mutex_destroy(&trust->lock);
	free(trust);
}

int
trust_check(struct trust *trust, X509 *certificate, int64_t time_s,
    struct till_error *notice_r, struct till_error *err)
{
	X509_STORE *store;
	int r;

	notice_r->text[0] = '\0';
	store = current(trust, notice_r);
	r = chain_check(trust, store, certificate, time_s, err);
	X509_STORE_free(store);
	return r == 0 ? leaf_check(trust, certificate, err) : -1;
}

int
trust_health(struct trust *trust, int64_t time_s, struct till_error *err)
{
	const STACK_OF(X509) * cas;
	const STACK_OF(X509_CRL) * crls;
	time_t now = (time_t)time_s;
	int i, r;

	err->text[0] = '\0';
	(void)pthread_mutex_lock(&trust->lock);
	refresh(trust, true, err);
	r = err->text[0] == '\0' ? 0 : -1;
	cas = trust->loaded.cas;
	crls = trust->loaded.crls;
	for (i = 0; i < sk_X509_num(cas) && r == 0; i++)
		if (X509_cmp_time(X509_get0_notAfter(sk_X509_value(cas, i)),
			&now) <= 0)
			r = till_fail(err,
			    "%.150s: certificate %d of a CA has expired",
			    trust->options.ca, i + 1);
	for (i = 0; crls != NULL && i < sk_X509_CRL_num(crls) && r == 0; i++)
		if (X509_cmp_time(X509_CRL_get0_nextUpdate(
				      sk_X509_CRL_value(crls, i)),
			&now) <= 0)
			r = till_fail(err,
			    "%.150s: CRL %d is not current any more",
			    trust->options.crl, i + 1);
	(void)pthread_mutex_unlock(&trust->lock);
	return r;
}

/* NULL: none is wanted. */
static int
oid_read(const char *text, const char *setting, ASN1_OBJECT **oid_r,
    struct till_error *err)
{
	if (text == NULL)
		return 0;
	*oid_r = OBJ_txt2obj(text, 0);
	return *oid_r == NULL
	    ? till_fail(err, "%s=%.80s is no object identifier", setting, text)
	    : 0;
}

/* A file that is not there looks like nothing. */
static void
look_at(const char *path, struct look *look)
{
	struct stat st;

	memset(look, 0, sizeof(*look));
	if (path == NULL || stat(path, &st) == -1)
		return;
	look->dev = st.st_dev;
	look->ino = st.st_ino;
	look->size = st.st_size;
	look->modified = st.st_mtim;
	look->changed = st.st_ctim;
}

static bool
look_same(const struct look *a, const struct look *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	    a->modified.tv_sec == b->modified.tv_sec &&
	    a->modified.tv_nsec == b->modified.tv_nsec &&
	    a->changed.tv_sec == b->changed.tv_sec &&
	    a->changed.tv_nsec == b->changed.tv_nsec;
}

static int
load(const struct trust *trust, struct loaded *loaded, struct till_error *err)
{
	loaded->store = X509_STORE_new();
	loaded->cas = sk_X509_new_null();
	loaded->crls = sk_X509_CRL_new_null();
	if (loaded->store == NULL || loaded->cas == NULL ||
	    loaded->crls == NULL) {
		unload(loaded);
		return till_fail(err, "out of memory");
	}
	if (load_cas(trust->options.ca, loaded, err) == 0 &&
	    (trust->options.crl == NULL ||
		load_crls(trust->options.crl, loaded, err) == 0))
		return 0;
	unload(loaded);
	return -1;
}

static int
load_cas(const char *path, struct loaded *loaded, struct till_error *err)
{
	BIO *bio = open_file(path, CERTIFICATE_CA_FILE_MAX, err);
	char none[] = ""; /* or a terminal would be asked for a password */
	X509 *ca = NULL;
	int n, r = bio == NULL ? -1 : 0;

	while (
	    r == 0 && (ca = PEM_read_bio_X509(bio, NULL, NULL, none)) != NULL) {
		n = sk_X509_push(loaded->cas, ca);
		if (n == 0)
			X509_free(ca);
		if (n == 0 || X509_STORE_add_cert(loaded->store, ca) != 1)
			r = till_fail(err, "out of memory");
		else if (n > CERTIFICATE_CAS_MAX)
			r = till_fail(err, "%.150s has more than %d CAs", path,
			    CERTIFICATE_CAS_MAX);
		else if (X509_check_ca(ca) != 1)
			r = till_fail(err,
			    "%.150s: certificate %d is none of a CA", path, n);
	}
	if (r == 0)
		r = at_end(path, err);
	if (r == 0 && sk_X509_num(loaded->cas) == 0)
		r = till_fail(err, "%.150s has no certificate in PEM", path);
	(void)BIO_free(bio);
	return r;
}

/* One that says no end would be current for ever. */
static int
load_crls(const char *path, struct loaded *loaded, struct till_error *err)
{
	BIO *bio = open_file(path, CERTIFICATE_CRL_FILE_MAX, err);
	char none[] = "";
	X509_CRL *crl = NULL;
	int n, r = bio == NULL ? -1 : 0;

	while (r == 0 &&
	    (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, none)) != NULL) {
		n = sk_X509_CRL_push(loaded->crls, crl);
		if (n == 0)
			X509_CRL_free(crl);
		if (n == 0 || X509_STORE_add_crl(loaded->store, crl) != 1)
			r = till_fail(err, "out of memory");
		else if (n > CERTIFICATE_CRLS_MAX)
			r = till_fail(err, "%.150s has more than %d CRLs", path,
			    CERTIFICATE_CRLS_MAX);
		else if (X509_CRL_get0_nextUpdate(crl) == NULL)
			r = till_fail(err,
			    "%.150s: CRL %d does not say when the next one "
			    "comes",
			    path, n);
	}
	if (r == 0)
		r = at_end(path, err);
	if (r == 0 && sk_X509_CRL_num(loaded->crls) == 0)
		r = till_fail(err, "%.150s has no CRL in PEM", path);
	(void)BIO_free(bio);
	return r;
}

static BIO *
open_file(const char *path, size_t max, struct till_error *err)
{
	char *text = NULL;
	BIO *bio;
	int len;

	if (file_read(path, max, &text, err) == -1)
		return NULL;
	bio = BIO_new(BIO_s_mem());
	len = (int)strlen(text);
	if (bio != NULL && BIO_write(bio, text, len) != len && len > 0) {
		(void)BIO_free(bio);
		bio = NULL;
	}
	if (bio == NULL)
		till_error_set(err, "out of memory");
	free(text);
	return bio;
}

/* Reading has ended: because there is no more, or because it is broken? */
static int
at_end(const char *path, struct till_error *err)
{
	const unsigned long code = ERR_peek_last_error();

	if (ERR_GET_LIB(code) == ERR_LIB_PEM &&
	    ERR_GET_REASON(code) == PEM_R_NO_START_LINE)
		return 0;
	return till_fail(err, "%.150s holds what cannot be read", path);
}

static void
unload(struct loaded *loaded)
{
	X509_STORE_free(loaded->store);
	sk_X509_pop_free(loaded->cas, X509_free);
	sk_X509_CRL_pop_free(loaded->crls, X509_CRL_free);
	memset(loaded, 0, sizeof(*loaded));
}

/* A reference to what is there now. */
static X509_STORE *
current(struct trust *trust, struct till_error *notice)
{
	X509_STORE *store;

	(void)pthread_mutex_lock(&trust->lock);
	refresh(trust, false, notice);
	store = trust->loaded.store;
	(void)X509_STORE_up_ref(store);
	(void)pthread_mutex_unlock(&trust->lock);
	return store;
}

/* What has changed and is no good leaves what there was, and is told each
 * time that it is tried: why it could not be read may pass without the file
 * changing once more. */
static void
refresh(struct trust *trust, bool at_once, struct till_error *notice)
{
	struct look ca, crl;
	struct loaded loaded;

	look_at(trust->options.ca, &ca);
	look_at(trust->options.crl, &crl);
	if (look_same(&ca, &trust->ca_look) &&
	    look_same(&crl, &trust->crl_look) &&
	    (!trust->failed || (!at_once && monotonic_s() < trust->again_s)))
		return;
	trust->ca_look = ca;
	trust->crl_look = crl;
	trust->failed = load(trust, &loaded, notice) == -1;
	if (trust->failed) {
		trust->again_s = monotonic_s() + AGAIN_S;
		return;
	}
	unload(&trust->loaded);
	trust->loaded = loaded;
}

static int64_t
monotonic_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int
chain_check(const struct trust *trust, X509_STORE *store, X509 *certificate,
    int64_t time_s, struct till_error *err)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int r = -1;

	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, store, certificate, NULL) != 1 ||
	    set_rules(trust, X509_STORE_CTX_get0_param(ctx), time_s) == -1)
		till_error_set(err, "out of memory");
	else if (X509_verify_cert(ctx) != 1)
		till_error_set(err, "the certificate: %s",
		    X509_verify_cert_error_string(
			X509_STORE_CTX_get_error(ctx)));
	else
		r = 0;
	X509_STORE_CTX_free(ctx);
	return r;
}

/* The chain is the certificate and the CA that issued it. */
static int
set_rules(const struct trust *trust, X509_VERIFY_PARAM *rules, int64_t time_s)
{
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
	ASN1_OBJECT *policy;

	if (trust->options.crl != NULL)
		flags |= X509_V_FLAG_CRL_CHECK;
	if (trust->policy != NULL) {
		flags |= X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_EXPLICIT_POLICY;
		policy = OBJ_dup(trust->policy);
		if (policy == NULL)
			return -1;
		if (X509_VERIFY_PARAM_add0_policy(rules, policy) != 1) {
			ASN1_OBJECT_free(policy);
			return -1;
		}
	}
	X509_VERIFY_PARAM_set_time(rules, (time_t)time_s);
	X509_VERIFY_PARAM_set_auth_level(rules, AUTH_LEVEL);
	X509_VERIFY_PARAM_set_depth(rules, 0);
	return X509_VERIFY_PARAM_set_flags(rules, flags) == 1 ? 0 : -1;
}

static int
leaf_check(const struct trust *trust, X509 *certificate, struct till_error *err)
{
	const uint32_t flags = X509_get_extension_flags(certificate);

	if ((flags & EXFLAG_INVALID) != 0 || X509_check_ca(certificate) != 0)
		return till_fail(err, "the certificate is a CA's");
	if ((flags & EXFLAG_KUSAGE) == 0 ||
	    (X509_get_key_usage(certificate) & KU_DIGITAL_SIGNATURE) == 0)
		return till_fail(err,
		    "the certificate's key is not for digital signatures");
	if (trust->usage != NULL && !has_usage(certificate, trust->usage))
		return till_fail(err,
		    "the certificate is not for the usage %.80s",
		    trust->options.usage);
	return 0;
}

static bool
has_usage(X509 *certificate, const ASN1_OBJECT *wanted)
{
	EXTENDED_KEY_USAGE *usages =
	    X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	bool has = false;
	int i;

	for (i = 0; usages != NULL && i < sk_ASN1_OBJECT_num(usages); i++)
		has = has ||
		    OBJ_cmp(sk_ASN1_OBJECT_value(usages, i), wanted) == 0;
	EXTENDED_KEY_USAGE_free(usages);
	return has;
}
