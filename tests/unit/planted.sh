#!/bin/sh
# SPDX-License-Identifier: MIT
# planted.sh - the sanitizers find the bugs planted on fibers, and nothing where there is none.
# A race shows itself only now and then, so each bug has several tries.
program=${PLANTED:-tests/unit/planted}
tries=20
out=$(mktemp) || exit 99
trap 'rm -f "$out"' EXIT

ASAN_OPTIONS="$ASAN_OPTIONS:exitcode=70:detect_leaks=1"
TSAN_OPTIONS="$TSAN_OPTIONS:exitcode=70:halt_on_error=1"
UBSAN_OPTIONS="$UBSAN_OPTIONS:halt_on_error=1:exitcode=70"
export ASAN_OPTIONS TSAN_OPTIONS UBSAN_OPTIONS

bugs=$($program) || exit 99
[ -n "$bugs" ] || exit 77

# found NAME REPORT: the program dies of the bug and says so.
found()
{
	try=0
	while [ $try -lt $tries ]; do
		if ! $program "$1" >"$out" 2>&1; then
			grep -q "$2" "$out" && return 0
			return 1
		fi
		try=$((try + 1))
	done
	return 1
}

failed=0
IFS='
'
for bug in $bugs; do
	name=${bug%%:*} report=${bug#*:}
	if [ "$report" = nothing ]; then
		$program "$name" >"$out" 2>&1
	else
		found "$name" "$report"
	fi
	if [ $? -eq 0 ]; then
		echo "$name: $report, as expected"
	else
		echo "$name: expected $report, but:"
		cat "$out"
		failed=1
	fi
done
exit $failed
