#!/bin/sh
# What "tillctl module" does for an author: new writes folders that build with
# every compiler and pass at once, info reads any file without running it,
# test survives any module and shows mistakes where they are.
# shellcheck source=tests/flow/lib.sh disable=SC2153
. "$TILL_SRC/tests/flow/lib.sh"
umask 022
ctl=$TILL_BUILD/tillctl
export PKG_CONFIG_PATH="$TILL_BUILD"
cd "$TMPDIR"

# says STATUS PATTERN COMMAND...: it ends so and prints so.
says() {
	want=$1 pattern=$2 status=0
	shift 2
	out=$("$@" 2>&1) || status=$?
	[ "$status" -eq "$want" ] || fail "$*: status $status: $out"
	check "$*" "$out" "$pattern"
}

# new: from the build folder, by both compilers, warnings being errors.
for kind in policy auth settle notify; do
	says 0 '*now: make -C *' "$ctl" module new $kind "a_$kind"
	for cc in gcc clang; do
		says 0 '*0 failed*' make -C "a_$kind" CC=$cc \
		    CFLAGS='-O2 -Werror' clean test
	done
done
env -u PKG_CONFIG_PATH "$ctl" module new auth demo >/dev/null
env -u PKG_CONFIG_PATH make -C demo test >/dev/null ||
	fail "from the build folder, with nothing set"
says 0 '*auth_demo2.c*' "$ctl" module new auth auth_demo2 named
says 0 '*0 failed*' make -C named test
says 73 '*demo/*there already*' "$ctl" module new auth demo
cmp -s demo/auth_demo.c "$TMPDIR/demo/auth_demo.c" || fail "overwritten"
says 73 '*nowhere/deep*' "$ctl" module new auth x nowhere/deep/x
says 64 "*'Demo' cannot name*" "$ctl" module new auth Demo
says 64 "*'9a' cannot name*" "$ctl" module new auth 9a
says 64 "*'../x' cannot name*" "$ctl" module new auth ../x
says 64 "*too long*" "$ctl" module new policy a123456789012345678901234567890
says 64 "*up to 24 characters*" "$ctl" module new policy \
    a123456789012345678901234567890
says 64 '*auth_password comes with till*' "$ctl" module new auth password
says 64 '*policy_rules comes with till*' "$ctl" module new policy policy_rules
says 64 "*'example' is what*" "$ctl" module new auth example
says 64 "*did you mean 'settle'*" "$ctl" module new setle x
says 64 "*did you mean 'test'*" "$ctl" module tets x
says 64 '*usage*' "$ctl" module new auth
says 64 '*usage*' "$ctl" module

# info: what it is, and what it is not.
says 0 '*auth_demo*facilities: auth*threadsafe*' "$ctl" module info \
    demo/auth_demo.so
says 0 '*max-tries*number*3*' "$ctl" module info --run-settings demo/auth_demo.so
says 0 '*reports to the operator*first*' "$ctl" module info --run-settings \
    "$TILL_BUILD/tests/modules/settle_gossip.so"
says 0 '*"reports": false*' "$ctl" module info --run-settings --json \
    demo/auth_demo.so
says 0 '*"abi": "1.*"facilities": [*"auth"*' "$ctl" module info --json \
    demo/auth_demo.so
says 1 '*is not an ELF file*' "$ctl" module info "$TILL_SRC/README"
echo 'int x;' | gcc -xc -c -o object.so -
says 1 '*is not a shared object*' "$ctl" module info object.so
says 1 '*no till note*' "$ctl" module info "$TILL_BUILD/libtill.so.1"
says 1 '*No such file*' "$ctl" module info none.so
mkfifo fifo.so
says 1 '*fifo.so is not a regular file*' "$ctl" module info fifo.so
says 1 '*fifo.so is not a regular file*' "$ctl" module test fifo.so
mkdir alien
cp demo/auth_demo.so alien
printf '\376\312' | dd of=alien/auth_demo.so bs=1 seek=18 conv=notrunc 2>/dev/null
says 1 '*another kind of machine (ELF machine*' "$ctl" module info \
    alien/auth_demo.so
says 64 '*nothing was run: --no-suite*no script*' "$ctl" module test --no-suite \
    demo/auth_demo.so
says 64 '*nothing was run: the check of --only*' "$ctl" module test \
    --only settle-answers demo/auth_demo.so
says 0 '*skip  demo/tests/*with --only no script runs*1 passed*' "$ctl" module test --only loads \
    demo/auth_demo.so demo/tests
says 1 '{*"error": "*No such file*' "$ctl" module info --json none.so
cp demo/auth_demo.so auth_other.so
says 1 "*mislabelled*'auth_demo'*auth_demo.so*" "$ctl" module info auth_other.so
head -c 3000 demo/auth_demo.so >cut.so
says 1 '*cut short*' "$ctl" module info cut.so
sed 's/^#define TILL_ABI_MAJOR 1/#define TILL_ABI_MAJOR 2/' \
    "$TILL_SRC/include/till/module.h" >new.h
mkdir -p later/till
cp "$TILL_SRC"/include/till/*.h later/till
mv new.h later/till/module.h
gcc -D_DEFAULT_SOURCE -fPIC -shared -Ilater -o auth_demo.so demo/auth_demo.c
says 1 '*built for module ABI 2.*' "$ctl" module info auth_demo.so
says 1 '*built for module ABI 2.*' "$ctl" module test auth_demo.so
# No code of it runs: a constructor would leave a file.
cat >>demo/auth_demo.c <<END
__attribute__((constructor)) static void
leave(void)
{
	(void)!system("touch $TMPDIR/was-run");
}
END
sed -i 's/^#include <string.h>/#include <stdlib.h>\n&/' demo/auth_demo.c
make -s -C demo >/dev/null
"$ctl" module info demo/auth_demo.so >/dev/null
[ ! -e was-run ] || fail "info ran the module"

# test: whatever the module does, tillctl ends well and says where.
bad=$TILL_BUILD/tests/modules
cat >s.test <<'END'
set     fault=crashes
policy
expect  allow
order   amount="7 JPY"
policy
expect  allow
END
says 1 '*s.test:5:1: error: the module crashed: signal 6*' "$ctl" module test \
    --no-suite "$bad/policy_bad.so" s.test
printf 'set fault=exits\npolicy\n' >s.test
says 1 '*s.test:2:1: error: *ended the process with exit status 0*' "$ctl" \
    module test --no-suite "$bad/policy_bad.so" s.test
printf 'set fault=hangs\npolicy\n' >s.test
says 1 '*s.test:2:1: error: *did not come back and was killed*' "$ctl" module \
    test --no-suite --timeout 2s "$bad/policy_bad.so" s.test
printf 'set fault=writes-self\npolicy\n' >s.test
says 1 '*s.test:2:1: error: the module wrote to its instance*' "$ctl" module \
    test --no-suite "$bad/policy_bad.so" s.test
printf 'set fualt=none\npolicy\n' >s.test
says 1 "*s.test:2:1: error: it does not open: *no setting 'fualt'*" "$ctl" \
    module test --no-suite "$bad/policy_bad.so" s.test
# What keeps it from opening is said once.
printf 'suite\nset fualt=none\n' >s.test
says 1 "*FAIL  settings-defaults: the module does not open: *no setting 'fualt'*skip  check-only: not run: *skip  open-close: not run: *1 failed*" \
    "$ctl" module test "$bad/policy_bad.so" s.test
# A program that makes a reply without an end.
printf '#!/bin/sh\nexec yes\n' >endless
chmod 700 endless
{
	grep -v '^right' "$TILL_SRC/tests/kit/auth_smartcard.test" |
		sed 's/^copy .*/copy endless/'
	# shellcheck disable=SC2016 # the script's own word
	echo 'right card="run:$tmp/endless"'
} >s.test
says 1 '*/endless makes no reply to card*' "$ctl" module test \
    "$TILL_BUILD/modules/auth_smartcard.so" s.test
printf 'policy\nexpect refuse code=limit\n\nexpect alow\n' >s.test
says 1 "*s.test:4:8: error: 'alow'*did you mean 'allow'*" "$ctl" module test \
    "$bad/policy_bad.so" s.test

# What is told late is in the log, twice if it is told twice.
cat >s.test <<'END'
set     journal=$tmp/journal charge=committed late=moved
settle  charge key=one
expect  committed
expect  log "late: moved 000007/1122143200 00 too late"
services fail
settle  charge key=two
expect  committed
expect  no log "late:"
END
says 0 '*' "$ctl" module test --no-suite "$bad/settle_lossy.so" s.test

# Kills, replays and lost answers, on a module that remembers.
cat >s.test <<'END'
set     journal=$tmp/journal
settle  charge key=a killed
settle  query key=a
expect  committed
settle  charge key=a twice
expect  committed moved="5.00 EUR"
expect  file journal lines=1
settle  charge key=a amount="6.00 EUR"
expect  error code=digest
settle  charge key=b killed-at=1
settle  query key=b
expect  not-found
kill
settle  charge key=b
expect  committed
settle  reverse key=c of=b
expect  reversed
settle  reverse key=d of=b
expect  declined
settle  charge key=e deadline=10s within=8s
expect  committed
END
says 0 '*ok *s.test: 21 lines*' "$ctl" module test --no-suite \
    "$bad/settle_bad.so" s.test
sed -i 's/fault=.*//; 1s/^/set fault=forgets /; s/^set fault=forgets set/set fault=forgets/' s.test
says 1 "*s.test:5:1: error: first its reference was 'bad-*second settlement*" \
    "$ctl" module test --no-suite "$bad/settle_bad.so" s.test

# A program that hangs: the call comes back by its deadline all the same.
cp "$TILL_SRC/tests/thirdparty/settle_python/bank.py" .
cat >s.test <<'END'
copy    bank.py
set     program=$tmp/bank.py arg=$tmp/journal deadline=4s
settle  charge key=a
expect  committed
freeze
settle  charge key=b within=8s
expect  unknown
thaw
settle  query key=a
expect  committed
END
says 0 '*ok *s.test: 10 lines*' "$ctl" module test --no-suite \
    "$TILL_BUILD/modules/settle_proc.so" s.test

# A program that dies: what it wrote is shown.
cat >die.sh <<'END'
#!/bin/sh
echo "no bank today" >&2
exit 3
END
chmod +x die.sh
cat >s.test <<'END'
copy    die.sh
set     program=$tmp/die.sh
settle  charge key=a
expect  committed
END
says 1 '*on standard error: no bank today*' "$ctl" module test --no-suite \
    "$TILL_BUILD/modules/settle_proc.so" s.test

# What a script skips is told; what it cannot skip is a mistake.
printf 'suite\nset fault=error\nskip policy-answers "it is a test"\n' >s.test
says 0 '*skip  policy-answers: by the author: it is a test*' "$ctl" module test \
    --only policy-answers "$bad/policy_bad.so" s.test
printf 'suite\nskip policy-answer "a test"\n' >s.test
says 1 "*s.test:2:1: error: there is no check 'policy-answer'*" "$ctl" module test \
    "$bad/policy_bad.so" s.test
says 64 "*no check 'polcy-why'*" "$ctl" module test --only polcy-why \
    "$bad/policy_bad.so"
says 66 '*No such file*' "$ctl" module test "$bad/policy_bad.so" none.test
says 0 '*policy-pure*quiet*' "$ctl" module test --list "$bad/policy_bad.so"
says 1 '*"verdict": "fail"*"failed": 1*' "$ctl" module test --json \
    --only settings-help "$bad/policy_careless.so"
ls -d "$TMPDIR"/till-module.* 2>/dev/null && fail "a scratch folder is left"
exit 0
