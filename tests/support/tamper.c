/*
 * tamper.c - change a closed ledger behind its back.
 */
#include <sys/stat.h>
#include <sys/types.h>

#include <db.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/tamper.h"

struct opened {
	DB_ENV *env;
	DB *db;
};

static void must(int, const char *);
static void open_table(struct opened *, const char *, const char *);
static void close_table(struct opened *);
static void set_key(DBT *, const void *, size_t);
static int own_sync(int);
static ssize_t own_write(int, const void *, size_t);
static ssize_t own_pwrite(int, const void *, size_t, off_t);

/* The functions of Berkeley DB that stand in have no argument of ours. */
static _Atomic(int) sync_error, write_error;

int
tamper_get(const char *dir, const char *table, const void *key, size_t key_len,
    void *buf, size_t size, size_t *len_r)
{
	struct opened opened;
	DBT k, v;
	int r;

	open_table(&opened, dir, table);
	set_key(&k, key, key_len);
	memset(&v, 0, sizeof(v));
	v.data = buf;
	v.ulen = (u_int32_t)size;
	v.flags = DB_DBT_USERMEM;
	r = opened.db->get(opened.db, NULL, &k, &v, 0);
	if (r != DB_NOTFOUND)
		must(r, "get");
	*len_r = v.size;
	close_table(&opened);
	return r == 0 ? 0 : 1;
}

void
tamper_put(const char *dir, const char *table, const void *key, size_t key_len,
    const void *value, size_t len)
{
	struct opened opened;
	DBT k, v;

	open_table(&opened, dir, table);
	set_key(&k, key, key_len);
	set_key(&v, value, len);
	must(opened.db->put(opened.db, NULL, &k, &v, 0), "put");
	close_table(&opened);
}

void
tamper_remove(const char *dir, const char *table, const void *key,
    size_t key_len)
{
	struct opened opened;
	DBT k;

	open_table(&opened, dir, table);
	set_key(&k, key, key_len);
	must(opened.db->del(opened.db, NULL, &k, 0), "del");
	close_table(&opened);
}

void
tamper_serial(uint64_t serial, unsigned char key_r[8])
{
	int i;

	for (i = 0; i < 8; i++)
		key_r[i] = (unsigned char)(serial >> (8 * (7 - i)));
}

void
flip_bit(const char *dir, const char *file, size_t at)
{
	char path[512];
	unsigned char octet = 0;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd == -1 || pread(fd, &octet, 1, (off_t)at) != 1)
		must(errno, path);
	octet ^= 0x10;
	if (pwrite(fd, &octet, 1, (off_t)at) != 1)
		must(errno, path);
	close(fd);
}

size_t
size_of(const char *dir, const char *file)
{
	char path[512];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, file);
	if (stat(path, &st) == -1)
		must(errno, path);
	return (size_t)st.st_size;
}

void
fail_syncs(int error)
{
	sync_error = error;
	must(db_env_set_func_fsync(own_sync), "db_env_set_func_fsync");
}

void
fail_writes(int error)
{
	write_error = error;
	must(db_env_set_func_write(own_write), "db_env_set_func_write");
	must(db_env_set_func_pwrite(own_pwrite), "db_env_set_func_pwrite");
}

static void
must(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, db_strerror(r));
	abort();
}

static void
open_table(struct opened *opened, const char *dir, const char *table)
{
	char name[64];

	must(db_env_create(&opened->env, 0), "env");
	must(opened->env->open(opened->env, dir,
		 DB_PRIVATE | DB_RECOVER | DB_CREATE | DB_INIT_MPOOL |
		     DB_INIT_TXN | DB_INIT_LOG | DB_INIT_LOCK,
		 0600),
	    dir);
	must(db_create(&opened->db, opened->env, 0), "db");
	(void)snprintf(name, sizeof(name), "%s.db", table);
	must(opened->db->open(opened->db, NULL, name, NULL, DB_BTREE,
		 DB_AUTO_COMMIT, 0600),
	    name);
}

static void
close_table(struct opened *opened)
{
	must(opened->db->close(opened->db, 0), "close");
	must(opened->env->txn_checkpoint(opened->env, 0, 0, DB_FORCE),
	    "checkpoint");
	must(opened->env->close(opened->env, 0), "close");
}

static void
set_key(DBT *dbt, const void *data, size_t len)
{
	memset(dbt, 0, sizeof(*dbt));
	dbt->data = (void *)(uintptr_t)data;
	dbt->size = (u_int32_t)len;
}

static int
own_sync(int fd)
{
	if (sync_error == 0)
		return fdatasync(fd);
	errno = sync_error;
	return -1;
}

static ssize_t
own_write(int fd, const void *buf, size_t len)
{
	if (write_error == 0)
		return write(fd, buf, len);
	errno = write_error;
	return -1;
}

static ssize_t
own_pwrite(int fd, const void *buf, size_t len, off_t at)
{
	if (write_error == 0)
		return pwrite(fd, buf, len, at);
	errno = write_error;
	return -1;
}
