# SPDX-License-Identifier: MIT
# failures.sh - remembers what failed, to tell it once more at the very end: of a long log often only
# the tail is kept. Sourced by tools/test.
#
# $failures is a file of blocks: a line "* title", then details, indented; $again is one of what
# passed at a second try, $skipped of lines, each a test that was not run and why.

REPORT_LINES=60

failures_begin() {
	failures=$(mktemp)
	again=$(mktemp)
	skipped=$(mktemp)
	trap failures_end EXIT
}

failures_end() {
	rm -f "$failures" "$again" "$skipped"
}

# Remembers one failure; its details come from the standard input.
failure() { # title
	printf '* %s\n' "$1" >>"$failures"
	sed 's/^/    /' >>"$failures"
}

# The lines that say what went wrong in the output of a build or a command; else its last ones.
telling_lines() { # output
	grep -a -E 'error:|\*\*\*|FAIL|undefined reference|not found|No such|^not in' "$1" |
		grep -a -v -E '^# X?FAIL: +0$' | head -n 12 | grep . || tail -n 12 "$1"
}

# What the log of a unit test says besides what went well: how it began to fail, and how it ended.
test_lines() { # log
	grep -a -v -e '^\[ RUN ' -e '^\[       OK' -e '^\[==========\]' -e '^$' "$1" |
		awk '{ line[NR] = $0 }
			END {
				for (i = 1; i <= NR; i++)
					if (i <= 16 || i > NR - 6)
						print line[i]
					else if (i == 17)
						print "..."
			}' || :
}

# Tests that Node.js says it has skipped, with the reason.
note_skipped() { # output, build
	sed -n "s|^ *ok [0-9]* - \(.*\) # SKIP \(.*\)|$2: \1: \2|p" "$1" >>"$skipped"
}

skipped_print() {
	[ -s "$skipped" ] || return 0
	echo "---- skipped ----"
	sort -u "$skipped" | head -n 20 | cut -c 1-200
}

# Blocks for the tests that failed in an output of Node.js in TAP: not for groups of which only a
# test failed, nor for tests that were not begun because their group failed.
tap_failures() { # output, build, title
	awk -v build="$2" -v title="$3" -v root="$PWD/" '
		function unquoted(s) {
			sub(/^[a-zA-Z]+: /, "", s)
			if (s ~ /^\047.*\047$/)
				s = substr(s, 2, length(s) - 2)
			return s
		}
		function tell(    i, where) {
			if (type == "subtestsFailed" || type == "cancelledByParent")
				return
			where = file
			sub(/^file:\/\//, "", where)
			sub(/:[0-9]+:[0-9]+$/, "", where)
			if (index(where, root) == 1)
				where = substr(where, length(root) + 1)
			if (where == "" || where ~ /\/support\//)
				where = title
			else if (index(where, title) == 0)
				where = title ": " where
			if (index(name, where) == 0)
				where = where ": " name
			print "* " build ": " where
			for (i = 1; i <= said && error[1] == "test failed"; i++)
				print "    " saying[i]
			for (i = 1; i <= lines; i++)
				print "    " error[i]
		}
		/^ *not ok [0-9]+/ {
			name = $0
			sub(/^ *not ok [0-9]+( - )?/, "", name)
			pad = $0
			sub(/not ok.*/, "", pad)
			inside = 1
			lines = more = 0
			type = file = ""
			next
		}
		inside && $0 == pad "  ..." { tell(); inside = said = 0; next }
		inside {
			line = substr($0, length(pad) + 3)
			if (more && (line ~ /^  / || line == "")) {
				error[++lines] = substr(line, 3)
				next
			}
			more = 0
			if (line ~ /^error: [|>]/)
				more = 1
			else if (line ~ /^error: /)
				error[++lines] = unquoted(line)
			else if (line ~ /^failureType: /)
				type = unquoted(line)
			else if (line ~ /^location: /)
				file = unquoted(line)
			next
		}
		# What a file prints that does not even begin its tests.
		/^# Subtest: / { next }
		/^# / { saying[++said] = substr($0, 3); next }
		{ said = 0 }
	' "$1"
}

# The same at once, and into $failures; when nothing in the output says which test, how it ended.
tell_tap() { # output, build, title
	tap_failures "$@" >"$1.failures"
	if [ -s "$1.failures" ]; then
		head -n 120 "$1.failures" | cut -c 1-400 >&2
		cat "$1.failures" >>"$failures"
	else
		tail -n 40 "$1" >&2
		tail -n 12 "$1" | failure "$2: $3"
	fi
	rm -f "$1.failures"
}

# All of it, within a screen: each failure gets its share of the lines, and of each rather the end,
# where a node that died said why.
failures_print() {
	[ -s "$failures" ] || return 0
	awk -v room=$((REPORT_LINES - 2)) '
		/^\* / { title[++count] = $0; next }
		{ detail[count, ++size[count]] = $0 }
		function needed(share,    i, sum) {
			for (i = 1; i <= count; i++)
				sum += 1 + (size[i] < share ? size[i] : share)
			return sum
		}
		function tell(n, share,    i, head) {
			print substr(title[n], 1, 200)
			head = size[n] <= share ? size[n] : int(share / 3)
			for (i = 1; i <= head; i++)
				print substr(detail[n, i], 1, 200)
			if (head == size[n] || share == 0)
				return
			print "    ..."
			for (i = size[n] - (share - head - 1) + 1; i <= size[n]; i++)
				print substr(detail[n, i], 1, 200)
		}
		END {
			print "---- what failed ----"
			while (share < 40 && needed(share + 1) <= room)
				share++
			for (i = 1; i <= count && (count <= room || i < room); i++)
				tell(i, share)
			if (i <= count)
				print "* and " count - i + 1 " more"
		}' "$failures"
}
