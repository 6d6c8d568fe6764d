# SPDX-License-Identifier: MIT
# count.sh - adds up what the tests of all kinds say. Sourced by tools/test.

passed=0
failed=0

add() { # passed, failed
	passed=$((passed + $1))
	failed=$((failed + $2))
}

# Something that should have run did not. Always false, for "|| failed_step ... || return".
failed_step() { # title, output or nothing
	say "FAILED: $1"
	telling_lines "${2-/dev/null}" | failure "$1"
	add 0 1
	return 1
}

# A command that is one test.
run_step() { # name, command...
	step=$1
	shift
	mkdir -p build
	if "$@" >build/step.out 2>&1; then
		add 1 0
	else
		tail -n 60 build/step.out >&2
		failed_step "$step" build/step.out || :
	fi
}

# One program of make check: its cases when cmocka counted them, else itself. A program that failed
# without a failed case (a leak, a crash at the end) is a failed test more.
count_program() { # log, result
	awk -v result="$2" '
		/^\[  PASSED  \] [0-9]+ test/ { passed += $4; cmocka = 1 }
		/^\[  FAILED  \] [0-9]+ test/ { failed += $4; cmocka = 1 }
		END {
			if (!cmocka && result == "PASS") passed = 1
			if ((result == "FAIL" || result == "ERROR") && !failed) failed = 1
			print passed + 0, failed + 0
		}' "$1"
}

# The files with the results of make check, but not those of a release tarball within.
results() { # build
	find "$1" -name 'parley-*' -prune -o -name '*.trs' -print 2>/dev/null | sort
}

# Adds up the results of make check; false when there are none.
count_check() { # build
	found=no
	for trs in $(results "$1"); do
		log=${trs%.trs}.log
		result=$(sed -n 's/^:global-test-result: //p' "$trs")
		found=yes
		# shellcheck disable=SC2046 # two numbers
		add $(count_program "$log" "$result")
		case $result in
		FAIL | ERROR)
			say "FAILED: $log"
			grep -a -v -e '^\[ RUN ' -e '^\[       OK' "$log" | tail -n 40 >&2 || :
			test_lines "$log" | failure "${1##*/}: ${log#"$1/"}"
			;;
		SKIP) say "skipped: $log: $(tail -n 2 "$log" | head -n 1)" ;;
		esac
	done
	[ $found = yes ]
}

# What Node.js says at the end of its tests: how many of a kind; nothing when it did not come so far.
tap_said() { # kind, output
	sed -n "s/^[^ ]* $1 \([0-9]*\)\$/\1/p" "$2" | tail -n 1
}

count_tap() { # output, exit status, build, name
	pass=$(tap_said pass "$1")
	fail=$(tap_said fail "$1")
	cancelled=$(tap_said cancelled "$1")
	add "${pass:-0}" $((${fail:-0} + ${cancelled:-0}))
	note_skipped "$1" "$3"
	if [ "$2" != 0 ] || [ -z "$pass" ]; then
		tell_tap "$1" "$3" "$4"
		[ "$((${fail:-0} + ${cancelled:-0}))" -gt 0 ] || add 0 1
		say "FAILED: $3: $4; all of it: $1"
	fi
}

# The end of the report, and the exit status of it all.
print_count() {
	skipped_print
	again_print
	failures_print
	printf '%s passed, %s failed\n' "$passed" "$failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
