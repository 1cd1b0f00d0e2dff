/*
 * identities.c - see identities.h.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "rear/clock.h"
#include "rear/identities.h"
#include "rear/keyfile.h"

#define MASTER_FILE "master"
#define CREDENTIAL "till-master"
#define KEYS_VALUE "vault.keys" /* of the ledger's named values */
#define INSTANCE ".bank" /* no instance of a configuration can be so called */
#define ID "identity" /* the first of a customer; then "identity.00000002" */
#define NUMBER_MAX 99999999
#define PURPOSE "bank identity"

struct identities {
	struct ledger *ledger;
	pthread_rwlock_t lock; /* of the vault's keys */
	struct vault *vault;
};

/* What credential_each found: of one number, or (0) the highest. */
struct found {
	uint32_t wanted, number;
	bool has; /* it is not one that says that there is none any more */
	unsigned char sealed[VAULT_PLAIN_MAX + VAULT_OVERHEAD];
	size_t len;
	char label[IDENTITY_LABEL_MAX];
};

struct rekeying {
	struct identities *identities;
	const char *actor;
	uint64_t n;
	struct till_error *err;
};

static int read_keys(struct identities *, char text_r[VAULT_TEXT_MAX],
    struct till_error *);
static int read_master(const char *, bool is_new, unsigned char **, size_t *,
    struct till_error *);
static int open_vault(struct identities *, const char *keys,
    const unsigned char *master, struct till_error *);
static int store_keys(struct identities *, struct till_error *);
static int seal(struct identities *, const char *cid, const char *text,
    uint32_t number, const char *actor, struct till_error *);
static int put(struct identities *, const char *cid, uint32_t number,
    const char *label, struct till_bytes sealed, const char *actor,
    struct till_error *);
static void id_of(uint32_t number, char id[TILL_JTI_MAX]);
static uint32_t number_of(const char *id);
static uint32_t first_kept(uint32_t number);
static int find(struct identities *, const char *cid, uint32_t number,
    struct found *, struct till_error *);
static int take(void *, const struct till_credential *);
static int open_found(struct identities *, const char *cid,
    const struct found *, char *text_r, struct till_error *);
static int reseal(void *, const struct ledger_customer *);
static int reseal_one(struct rekeying *, const char *cid, const struct found *);
static int destroy_old(struct identities *, struct till_error *);
static int apply(struct identities *, struct ledger_request *,
    struct till_error *);

int
identities_create(const char *folder, struct till_error *err)
{
	unsigned char octets[VAULT_MASTER_SIZE];
	int r;

	if (keyfile_exists(folder, MASTER_FILE))
		return 0;
	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return till_fail(err, "no random numbers");
	r = keyfile_write(folder, MASTER_FILE, octets, sizeof(octets), err);
	OPENSSL_cleanse(octets, sizeof(octets));
	return r;
}

int
identities_open(const char *state_dir, struct ledger *ledger,
    struct identities **identities_r, struct till_error *err)
{
	struct identities *identities = calloc(1, sizeof(*identities));
	char keys[VAULT_TEXT_MAX];
	unsigned char *master = NULL;
	size_t len = 0;
	int r = -1;

	if (identities == NULL ||
	    pthread_rwlock_init(&identities->lock, NULL) != 0) {
		free(identities);
		return till_fail(err, "out of memory");
	}
	identities->ledger = ledger;
	if (read_keys(identities, keys, err) == 0 &&
	    read_master(state_dir, keys[0] == '\0', &master, &len, err) == 0) {
		if (len != VAULT_MASTER_SIZE)
			till_error_set(err, "the master key has not %d octets",
			    VAULT_MASTER_SIZE);
		else
			r = open_vault(identities, keys, master, err);
	}
	keyfile_wipe(master, len);
	if (r == 0)
		*identities_r = identities;
	else
		identities_free(identities);
	return r;
}

void
identities_free(struct identities *identities)
{
	if (identities == NULL)
		return;
	vault_free(identities->vault);
	(void)pthread_rwlock_destroy(&identities->lock);
	free(identities);
}

int
identities_get(struct identities *identities, const char *cid,
    char name[IDENTITIES_NAME_MAX], char *text, struct till_error *err)
{
	const uint32_t number = (uint32_t)strtoul(name, NULL, 10);
	struct found found;
	int r;

	if (number == 0 && name[0] != '\0')
		return 1;
	if (find(identities, cid, number, &found, err) == -1)
		return -1;
	if (!found.has)
		return 1;
	(void)snprintf(name, IDENTITIES_NAME_MAX, "%u", found.number);
	(void)pthread_rwlock_rdlock(&identities->lock);
	r = open_found(identities, cid, &found, text, err);
	(void)pthread_rwlock_unlock(&identities->lock);
	return r;
}

int
identities_show(struct identities *identities, const char *cid,
    const char *name, char label[IDENTITY_LABEL_MAX], struct till_error *err)
{
	const uint32_t number = (uint32_t)strtoul(name, NULL, 10);
	struct found found;

	if (number == 0 && name[0] != '\0')
		return 1;
	if (find(identities, cid, number, &found, err) == -1)
		return -1;
	memcpy(label, found.label, sizeof(found.label));
	return found.has ? 0 : 1;
}

int
identities_put(struct identities *identities, const char *cid, const char *text,
    const char *actor, struct till_error *err)
{
	const struct till_bytes none = { (const unsigned char *)"", 0 };
	const struct till_bytes gone = { NULL, 0 };
	struct found found;
	uint32_t number;

	if (find(identities, cid, 0, &found, err) == -1)
		return -1;
	if (text == NULL && !found.has)
		return 0;
	number = found.number + 1;
	if (number > NUMBER_MAX)
		return till_fail(err, "%s had too many bank identities", cid);
	if (number > IDENTITIES_KEPT + 1 &&
	    put(identities, cid, number - IDENTITIES_KEPT - 1, "", gone, actor,
		err) == -1)
		return -1;
	if (text == NULL)
		return put(identities, cid, number, "", none, actor, err);
	return seal(identities, cid, text, number, actor, err);
}

int
identities_forget(struct identities *identities, const char *cid,
    const char *actor, struct till_error *err)
{
	const struct till_bytes gone = { NULL, 0 };
	struct found found;
	uint32_t number;

	/* What says that there is none stays: names are not used twice. */
	if (identities_put(identities, cid, NULL, actor, err) == -1 ||
	    find(identities, cid, 0, &found, err) == -1)
		return -1;
	for (number = first_kept(found.number); number < found.number; number++)
		if (put(identities, cid, number, "", gone, actor, err) == -1)
			return -1;
	return 0;
}

int
identities_rekey(struct identities *identities, const char *actor,
    uint64_t *n_r, struct till_error *err)
{
	struct rekeying rekeying = { .identities = identities,
		.actor = actor,
		.err = err };
	int r;

	(void)pthread_rwlock_wrlock(&identities->lock);
	r = vault_key_add(identities->vault, wall_s(), err);
	if (r == 0)
		r = store_keys(identities, err);
	(void)pthread_rwlock_unlock(&identities->lock);
	if (r == 0)
		r = ledger_customer_each(identities->ledger, "", reseal,
		    &rekeying, err);
	if (r == 0)
		r = destroy_old(identities, err);
	*n_r = rekeying.n;
	return r == 0 ? 0 : -1;
}

bool
identities_key_at(struct identities *identities, size_t i,
    struct vault_key *key_r)
{
	bool has;

	(void)pthread_rwlock_rdlock(&identities->lock);
	has = vault_key_at(identities->vault, i, key_r);
	(void)pthread_rwlock_unlock(&identities->lock);
	return has;
}

static int
read_master(const char *state_dir, bool is_new, unsigned char **master,
    size_t *len, struct till_error *err)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	char folder[KEYFILE_PATH_MAX];

	if (credentials != NULL && keyfile_exists(credentials, CREDENTIAL))
		return keyfile_read(credentials, CREDENTIAL, master, len, err);
	if (keyfile_folder(state_dir, folder, err) == -1)
		return -1;
	/* A state that was made by an earlier version. */
	if (is_new && identities_create(folder, err) == -1)
		return -1;
	return keyfile_read(folder, MASTER_FILE, master, len, err);
}

/* "" if there are none yet. */
static int
read_keys(struct identities *identities, char text[VAULT_TEXT_MAX],
    struct till_error *err)
{
	size_t len = 0;
	const int r = ledger_meta_get(identities->ledger, KEYS_VALUE, text,
	    VAULT_TEXT_MAX - 1, &len, err);

	text[r == 0 ? len : 0] = '\0';
	return r == -1 ? -1 : 0;
}

static int
open_vault(struct identities *identities, const char *keys,
    const unsigned char *master, struct till_error *err)
{
	if (vault_new(master, keys, &identities->vault, err) == -1)
		return -1;
	if (keys[0] != '\0')
		return 0;
	if (vault_key_add(identities->vault, wall_s(), err) == -1)
		return -1;
	return store_keys(identities, err);
}

static int
store_keys(struct identities *identities, struct till_error *err)
{
	char text[VAULT_TEXT_MAX];
	struct ledger_request request = { .op = LEDGER_META,
		.name = KEYS_VALUE,
		.actor = "" };

	if (vault_keys(identities->vault, text, err) == -1)
		return -1;
	request.value.data = (const unsigned char *)text;
	request.value.len = strlen(text);
	return apply(identities, &request, err);
}

static int
seal(struct identities *identities, const char *cid, const char *text,
    uint32_t number, const char *actor, struct till_error *err)
{
	unsigned char sealed[VAULT_PLAIN_MAX + VAULT_OVERHEAD];
	struct till_bytes octets = { sealed, 0 };
	char label[IDENTITY_LABEL_MAX] = "";
	int r;

	identity_label(text, label);
	(void)pthread_rwlock_rdlock(&identities->lock);
	r = vault_seal(identities->vault, PURPOSE, cid, text, strlen(text),
	    sealed, &octets.len, err);
	(void)pthread_rwlock_unlock(&identities->lock);
	if (r == -1)
		return -1;
	return put(identities, cid, number, label, octets, actor, err);
}

/* Without data it is removed, without octets it says that there is none. */
static int
put(struct identities *identities, const char *cid, uint32_t number,
    const char *label, struct till_bytes sealed, const char *actor,
    struct till_error *err)
{
	char id[TILL_JTI_MAX];
	const struct till_credential credential = {
		.size = sizeof(credential),
		.secret = 1,
		.id = id,
		.label = label,
		.created_ms = wall_s() * 1000,
		.data = sealed,
	};
	struct ledger_request request = { .op = LEDGER_CREDENTIAL,
		.instance = INSTANCE,
		.cid = cid,
		.credential = &credential,
		.actor = actor };

	id_of(number, id);
	return apply(identities, &request, err);
}

/* In the order of their numbers, whatever those are. */
static void
id_of(uint32_t number, char id[TILL_JTI_MAX])
{
	if (number == 1)
		(void)snprintf(id, TILL_JTI_MAX, ID);
	else
		(void)snprintf(id, TILL_JTI_MAX, ID ".%08u", number);
}

/* 0: it is no identity. */
static uint32_t
number_of(const char *id)
{
	if (strcmp(id, ID) == 0)
		return 1;
	if (strncmp(id, ID ".", sizeof(ID)) != 0)
		return 0;
	return (uint32_t)strtoul(id + sizeof(ID), NULL, 10);
}

/* The oldest that there may be beside that of today. */
static uint32_t
first_kept(uint32_t number)
{
	return number > IDENTITIES_KEPT + 1 ? number - IDENTITIES_KEPT : 1;
}

static int
find(struct identities *identities, const char *cid, uint32_t number,
    struct found *found, struct till_error *err)
{
	memset(found, 0, sizeof(*found));
	found->wanted = number;
	return ledger_credential_each(identities->ledger, INSTANCE, cid, take,
		   found, err) == -1
	    ? -1
	    : 0;
}

/* The last one is that of today, even if it says that there is none. */
static int
take(void *arg, const struct till_credential *credential)
{
	struct found *found = arg;
	const uint32_t number = number_of(credential->id);

	if (number == 0 || (found->wanted != 0 && number != found->wanted) ||
	    credential->data.len > sizeof(found->sealed))
		return 0;
	found->number = number;
	found->has = credential->data.len > 0;
	memcpy(found->sealed, credential->data.data, credential->data.len);
	found->len = credential->data.len;
	(void)snprintf(found->label, sizeof(found->label), "%s",
	    credential->label == NULL ? "" : credential->label);
	return 0;
}

static int
open_found(struct identities *identities, const char *cid,
    const struct found *found, char *text, struct till_error *err)
{
	unsigned char plain[VAULT_PLAIN_MAX + VAULT_OVERHEAD];
	size_t len;
	int r;

	r = vault_unseal(identities->vault, PURPOSE, cid, found->sealed,
	    found->len, plain, &len, err);
	if (r == 0 && len < IDENTITY_TEXT_MAX) {
		memcpy(text, plain, len);
		text[len] = '\0';
	} else if (r == 0) {
		r = till_fail(err, "a bank identity is too long");
	}
	OPENSSL_cleanse(plain, sizeof(plain));
	return r;
}

/* One that was put meanwhile is sealed under the new key already. */
static int
reseal(void *arg, const struct ledger_customer *customer)
{
	struct rekeying *rekeying = arg;
	struct identities *identities = rekeying->identities;
	struct found found;
	uint32_t number, first;

	if (find(identities, customer->cid, 0, &found, rekeying->err) == -1)
		return -1;
	number = found.number;
	first = first_kept(number);
	for (; number >= first; number--) {
		if (find(identities, customer->cid, number, &found,
			rekeying->err) == -1)
			return -1;
		if (found.has &&
		    !vault_is_current(identities->vault, found.sealed,
			found.len) &&
		    reseal_one(rekeying, customer->cid, &found) == -1)
			return -1;
	}
	return 0;
}

static int
reseal_one(struct rekeying *rekeying, const char *cid,
    const struct found *found)
{
	struct identities *identities = rekeying->identities;
	char *text = OPENSSL_secure_malloc(IDENTITY_TEXT_MAX);
	int r;

	if (text == NULL)
		return till_fail(rekeying->err, "out of secure memory");
	r = open_found(identities, cid, found, text, rekeying->err);
	if (r == 0)
		r = seal(identities, cid, text, found->number, rekeying->actor,
		    rekeying->err);
	OPENSSL_secure_clear_free(text, IDENTITY_TEXT_MAX);
	if (r == 0)
		rekeying->n++;
	return r;
}

/* All that was sealed under them is sealed anew. */
static int
destroy_old(struct identities *identities, struct till_error *err)
{
	struct vault_key key;
	size_t i;
	int r = 0;

	(void)pthread_rwlock_wrlock(&identities->lock);
	for (i = 0; r == 0 && vault_key_at(identities->vault, i, &key); i++) {
		if (key.state == VAULT_DECRYPT_ONLY)
			r = vault_key_destroy(identities->vault, key.id, err);
	}
	if (r == 0)
		r = store_keys(identities, err);
	(void)pthread_rwlock_unlock(&identities->lock);
	return r;
}

static int
apply(struct identities *identities, struct ledger_request *request,
    struct till_error *err)
{
	const enum ledger_result result =
	    ledger_apply(identities->ledger, request);

	if (result == LEDGER_DONE || result == LEDGER_REPEAT)
		return 0;
	return till_fail(err, "%s", request->err.text);
}
