#!/bin/sh
# SPDX-License-Identifier: MIT
# fibers_gdb.sh - tools/fibers-gdb.py still fits the structures of the runtime.
program=${PLANTED:-tests/unit/planted}

command -v gdb >/dev/null || exit 77
seen=$(gdb -batch -nx -x "$srcdir/tools/fibers-gdb.py" -ex 'break exit' -ex 'run holder' \
	-ex 'fibers bt' "$program" 2>&1)
case $seen in
*"Operation not permitted"* | *"not in executable format"* | *"no debug information"*)
	exit 77 ;;
*"switches with ucontext"*"5 suspended"* | *'"holder" waits for event'*' hold '*"5 suspended"*)
	exit 0 ;;
esac
echo "$seen"
exit 1
