# SPDX-License-Identifier: MIT
# listens.sh - ports and who listens on them. Sourced, after tools/setup.sh.

listens() { # port
	grep -qi "$(printf ':%04X [0-9A-F:]* 0A' "$1")" /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# The first port from $1 on that nobody listens on.
free_port() {
	port_number=$1
	while listens "$port_number"; do
		port_number=$((port_number + 1))
	done
	echo "$port_number"
}

listens_at() { # path of a Unix socket
	grep -q " 00010000 .* $1\$" /proc/net/unix 2>/dev/null
}

# Waits until the process listens on the port, or at the path.
await_listening() { # pid, port or path, log
	tries=0
	until case $2 in
		/*) listens_at "$2" ;;
		*) listens "$2" ;;
		esac; do
		tries=$((tries + 1))
		if [ $tries -gt 300 ] || ! kill -0 "$1" 2>/dev/null; then
			tail -n 20 "$3" >&2
			die "the server did not start"
		fi
		sleep 0.1
	done
}
