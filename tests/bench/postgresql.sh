#!/bin/sh
# postgresql.sh - the peer of make bench: only the debit and the credit, as two
# UPDATEs in one durable transaction, 64 clients.  Installs PostgreSQL when it
# is missing and that is possible.  Prints one "name value" per line.
set -eu
: "${TMPDIR:?}"
merchants=16

bin() {
	find /usr/lib/postgresql -type d -name bin 2>/dev/null | sort | tail -n 1
}

if [ -z "$(bin)" ]; then
	apt-get install -y --no-install-recommends postgresql >&2
fi
bin=$(bin)
[ -n "$bin" ] || { echo "no PostgreSQL" >&2; exit 1; }

dir=$(mktemp -d "$TMPDIR/pg.XXXXXX")
run=$(mktemp -d /tmp/pg.XXXXXX)
as=
if [ "$(id -u)" -eq 0 ]; then
	as='setpriv --reuid=postgres --regid=postgres --clear-groups'
	chown postgres "$dir" "$run"
	# The server must be able to walk to its folder.
	up=$dir
	while [ "$up" != / ]; do
		up=$(dirname "$up")
		[ -n "$(find "$up" -maxdepth 0 -perm -o+x)" ] || chmod o+x "$up"
	done
fi
stop() {
	$as "$bin/pg_ctl" -D "$dir" -m immediate stop >/dev/null 2>&1 || true
	rm -rf "$dir" "$run"
}
trap stop EXIT
cd /
$as "$bin/initdb" -D "$dir" -A trust -U postgres >/dev/null
$as "$bin/pg_ctl" -D "$dir" -w -l "$dir/log" start \
    -o "-c listen_addresses='' -c unix_socket_directories='$run' -c shared_buffers=256MB -c max_connections=100" >/dev/null

$as "$bin/psql" -h "$run" -U postgres -qAt <<'SQL'
CREATE TABLE account (id int PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO account SELECT i, 1000000000 FROM generate_series(1, 100000) i;
CREATE TABLE merchant (id int PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO merchant SELECT i, 0 FROM generate_series(1, 16) i;
VACUUM ANALYZE;
SQL

# bench NAME LAST-MERCHANT
bench() {
	cat >"$run/$1.sql" <<SQL
\\set c random(1, 100000)
\\set m random(1, $2)
BEGIN;
UPDATE account SET balance = balance - 1 WHERE id = :c AND balance >= 1;
UPDATE merchant SET balance = balance + 1 WHERE id = :m;
COMMIT;
SQL
	chmod o+r "$run/$1.sql"
	$as "$bin/pgbench" -h "$run" -U postgres -n -M prepared -c 64 -j 2 -T "${BENCH_PG_S:-8}" \
	    -f "$run/$1.sql" postgres 2>/dev/null |
	    sed -n "s/^tps = \\([0-9]*\\).*/$1_per_second \\1/p"
}

bench hot 1
bench uniform $merchants
