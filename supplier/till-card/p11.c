/*
 * p11.c - a PKCS #11 module, and what its tokens hold.
 */
#include <dlfcn.h>
#include <string.h>

#include "p11.h"

#define POINT_MAX (PUBKEY_POINT + 2)

static int read_certificate(struct p11 *, CK_OBJECT_HANDLE, struct p11_key *);
static int read_public(struct p11 *, CK_OBJECT_HANDLE, struct p11_key *);
static int read_point(struct p11 *, CK_OBJECT_HANDLE, struct pubkey *);
static int read_rsa(struct p11 *, CK_OBJECT_HANDLE, struct pubkey *);

int
p11_load(const char *path, struct p11 *p11, struct till_error *err)
{
	CK_C_GetFunctionList list;
	void *symbol;
	CK_RV rv;

	p11->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (p11->library == NULL)
		return till_fail(err, "%.200s", dlerror());
	symbol = dlsym(p11->library, "C_GetFunctionList");
	if (symbol == NULL)
		return till_fail(err, "%.180s is no PKCS #11 module", path);
	/* POSIX makes this cast good, where ISO C has none. */
	memcpy(&list, &symbol, sizeof(list));
	rv = list(&p11->f);
	if (rv == CKR_OK)
		rv = p11->f->C_Initialize(NULL);
	p11->initialized = rv == CKR_OK;
	if (rv != CKR_OK && rv != CKR_CRYPTOKI_ALREADY_INITIALIZED)
		return till_fail(err, "%.160s does not start (0x%lx)", path,
		    rv);
	return 0;
}

void
p11_unload(struct p11 *p11)
{
	p11_end_session(p11);
	if (p11->initialized)
		(void)p11->f->C_Finalize(NULL);
	if (p11->library != NULL)
		(void)dlclose(p11->library);
	*p11 = (struct p11){ 0 };
}

int
p11_slots(struct p11 *p11, CK_SLOT_ID slots[P11_TOKENS_MAX], size_t *len_r,
    struct till_error *err)
{
	CK_ULONG n = P11_TOKENS_MAX;
	CK_RV rv;

	rv = p11->f->C_GetSlotList(CK_TRUE, slots, &n);
	if (rv == CKR_BUFFER_TOO_SMALL)
		return till_fail(err, "there are more than %d tokens",
		    P11_TOKENS_MAX);
	if (rv != CKR_OK)
		return till_fail(err, "the tokens cannot be listed (0x%lx)",
		    rv);
	*len_r = n;
	return 0;
}

int
p11_token(struct p11 *p11, CK_SLOT_ID slot, char label_r[P11_LABEL_MAX + 1],
    CK_FLAGS *flags_r, struct till_error *err)
{
	CK_TOKEN_INFO info;
	size_t len = sizeof(info.label);
	CK_RV rv;

	rv = p11->f->C_GetTokenInfo(slot, &info);
	if (rv != CKR_OK)
		return till_fail(err, "the token cannot be read (0x%lx)", rv);
	/* Filled up with blanks (section 4.6). */
	while (len > 0 &&
	    (info.label[len - 1] == ' ' || info.label[len - 1] == '\0'))
		len--;
	memcpy(label_r, info.label, len);
	label_r[len] = '\0';
	*flags_r = info.flags;
	return 0;
}

int
p11_session(struct p11 *p11, CK_SLOT_ID slot, struct till_error *err)
{
	CK_RV rv;

	rv = p11->f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL,
	    &p11->session);
	if (rv != CKR_OK)
		return till_fail(err, "the token cannot be opened (0x%lx)", rv);
	p11->has_session = true;
	return 0;
}

void
p11_end_session(struct p11 *p11)
{
	if (p11->has_session)
		(void)p11->f->C_CloseSession(p11->session);
	p11->has_session = false;
}

int
p11_find(struct p11 *p11, CK_OBJECT_CLASS class, const unsigned char *id,
    size_t id_len, CK_OBJECT_HANDLE found[P11_OBJECTS_MAX], size_t *len_r,
    struct till_error *err)
{
	unsigned char id_copy[P11_ID_MAX];
	CK_ATTRIBUTE wanted[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_ID, id_copy, id_len } };
	CK_ULONG n = 0;
	CK_RV rv;

	if (id != NULL)
		memcpy(id_copy, id, id_len);
	rv =
	    p11->f->C_FindObjectsInit(p11->session, wanted, id != NULL ? 2 : 1);
	if (rv == CKR_OK) {
		rv = p11->f->C_FindObjects(p11->session, found, P11_OBJECTS_MAX,
		    &n);
		(void)p11->f->C_FindObjectsFinal(p11->session);
	}
	if (rv != CKR_OK)
		return till_fail(err, "the token cannot be searched (0x%lx)",
		    rv);
	*len_r = n;
	return 0;
}

int
p11_key_read(struct p11 *p11, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE object,
    struct p11_key *key)
{
	size_t len;

	*key = (struct p11_key){ .id_len = 0 };
	if (p11_attribute(p11, object, CKA_LABEL, key->label, P11_LABEL_MAX,
		&len) == 0)
		key->label[len] = '\0';
	if (p11_attribute(p11, object, CKA_ID, key->id, sizeof(key->id),
		&key->id_len) == -1)
		key->id_len = 0;
	return class == CKO_CERTIFICATE ? read_certificate(p11, object, key)
					: read_public(p11, object, key);
}

int
p11_attribute(struct p11 *p11, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
    void *to, size_t size, size_t *len_r)
{
	CK_ATTRIBUTE attribute = { type, to, size };

	if (p11->f->C_GetAttributeValue(p11->session, object, &attribute, 1) !=
		CKR_OK ||
	    attribute.ulValueLen > size)
		return -1;
	*len_r = attribute.ulValueLen;
	return 0;
}

static int
read_certificate(struct p11 *p11, CK_OBJECT_HANDLE object, struct p11_key *key)
{
	struct till_error err;

	if (p11_attribute(p11, object, CKA_VALUE, key->certificate,
		sizeof(key->certificate), &key->certificate_len) == -1)
		return -1;
	return pubkey_from_certificate(key->certificate, key->certificate_len,
	    &key->pub, &err);
}

static int
read_public(struct p11 *p11, CK_OBJECT_HANDLE object, struct p11_key *key)
{
	CK_KEY_TYPE type = CKK_VENDOR_DEFINED;
	size_t len;

	if (p11_attribute(p11, object, CKA_KEY_TYPE, &type, sizeof(type),
		&len) == -1 ||
	    len != sizeof(type))
		return -1;
	if (type == CKK_EC)
		return read_point(p11, object, &key->pub);
	if (type == CKK_RSA)
		return read_rsa(p11, object, &key->pub);
	return -1;
}

/* The point is in an OCTET STRING (section 2.3.3 of the mechanisms);
 * some modules leave that out. */
static int
read_point(struct p11 *p11, CK_OBJECT_HANDLE object, struct pubkey *pub)
{
	static const unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
		0xce, 0x3d, 0x03, 0x01, 0x07 };
	unsigned char params[sizeof(p256)], point[POINT_MAX];
	const unsigned char *at = point;
	struct till_error err;
	size_t len;

	if (p11_attribute(p11, object, CKA_EC_PARAMS, params, sizeof(params),
		&len) == -1 ||
	    len != sizeof(p256) || memcmp(params, p256, len) != 0 ||
	    p11_attribute(p11, object, CKA_EC_POINT, point, sizeof(point),
		&len) == -1)
		return -1;
	if (len == POINT_MAX && point[0] == 0x04 && point[1] == PUBKEY_POINT) {
		at += 2;
		len -= 2;
	}
	return pubkey_from_point(at, len, pub, &err);
}

static int
read_rsa(struct p11 *p11, CK_OBJECT_HANDLE object, struct pubkey *pub)
{
	unsigned char n[PUBKEY_RSA_MAX + 1], e[PUBKEY_RSA_MAX];
	size_t n_len, e_len;
	struct till_error err;

	if (p11_attribute(p11, object, CKA_MODULUS, n, sizeof(n), &n_len) ==
		-1 ||
	    p11_attribute(p11, object, CKA_PUBLIC_EXPONENT, e, sizeof(e),
		&e_len) == -1)
		return -1;
	return pubkey_from_rsa(n, n_len, e, e_len, pub, &err);
}
