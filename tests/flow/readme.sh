#!/bin/sh
# The five minutes of README, as a stranger types them, and what they print.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
umask 022
folder=$TMPDIR/t
end_all() {
	[ -e "$folder/pids" ] || return 0
	while read -r pid; do
		kill "$pid" 2>/dev/null || continue
		TILL_PID=$pid
		wait_until 20 till_is_gone || kill -9 "$pid"
	done <"$folder/pids"
	TILL_PID=
}
at_exit end_all

# Two ports that are free now.
python3 - >"$TMPDIR/ports" <<'END'
import socket
both = [socket.socket() for _ in range(2)]
for one in both:
    one.bind(('127.0.0.1', 0))
print(*(one.getsockname()[1] for one in both))
END
read -r server shop <"$TMPDIR/ports"

# Out of the tree README's relative paths are those of two folders.
cd "$TILL_BUILD"
if [ ! -e etc ]; then
	mkdir "$TMPDIR/here" && cd "$TMPDIR/here"
	ln -s "$TILL_BUILD"/* .
	ln -s "$TILL_SRC/etc" etc
fi
python3 "$TILL_SRC/tests/flow/readme.py" "$TILL_SRC/README" \
    "$server" "$shop" "$folder"
