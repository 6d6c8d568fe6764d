# SPDX-License-Identifier: MIT
# again.sh - a second try for the conversations and browser tests that failed. Many of them run at once
# and wait for processes of their own: what fails on a busy machine and passes alone is told at the end
# as something to look at, but does not fail the run. What fails alone, too, does. Sourced by
# tools/test.

AGAIN_FILES=4 # more than that is no accident
# Nor is a node that died, what a sanitizer found, and what looks for messages that are lost.
AGAIN_NEVER='the node (ended|did not stop)|Sanitizer|(kill|runs|model|check|soak|fault|canary)[^ /:]*\.test\.mjs'

# The files with failed tests; false when there are none or too many, one is not known, or none may be
# tried again.
again_files() { # output, build, title
	tap_failures "$@" >"$1.failures"
	! grep -q -E "$AGAIN_NEVER" "$1.failures" || return 1
	awk -v max=$AGAIN_FILES '
		/^\* / {
			if (!match($0, /tests\/[a-z]+\/[^ :]+\.test\.mjs/))
				unknown = 1
			else if (!seen[file = substr($0, RSTART, RLENGTH)]++)
				files[++n] = file
		}
		END {
			if (unknown || !n || n > max)
				exit 1
			for (i = 1; i <= n; i++)
				print files[i]
		}' "$1.failures"
}

# Runs those alone, one after the other. 0 when all passed then: they are counted and told.
again() { # output, build, title, command that runs a file...
	files=$(again_files "$1" "$2" "$3") || return 1
	first=$1 build=$2
	shift 3
	for file in $files; do
		say "a second try: $build: $file"
		"$@" "$file" >"$first.again" 2>&1 || return 1
	done
	cat "$first.failures" >>"$again"
	for kind in pass fail cancelled; do
		said=$(tap_said $kind "$first")
		add "${said:-0}" 0
	done
}

again_print() {
	[ -s "$again" ] || return 0
	echo "---- failed first, and passed alone: look at these ----"
	head -n 30 "$again" | cut -c 1-200
}
