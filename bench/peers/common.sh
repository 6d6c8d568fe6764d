# SPDX-License-Identifier: MIT
# common.sh - what the scripts of the peers share. Each is called as
#   NAME.sh install               installs it from Debian, without starting its service
#   NAME.sh variants              prints the configurations that it has, the most telling first
#   NAME.sh start DIR VARIANT CERTIFICATES   starts one, with everything that it writes in DIR, and
#                                 prints pid=... port=... speak=... for bench/run
#   NAME.sh stop DIR              stops it again, by the process id that start has noted in DIR
# As root. $on_server is a prefix that pins to a processor, or nothing.
. tools/setup.sh
. bench/listens.sh

password="a horse that counts 12 stars" # bench/load's own
on_server=${on_server:-}

# Debian starts a service when it is installed, unless policy-rc.d says no.
install_quietly() { # packages
	missing=
	for package in "$@"; do
		have_package "$package" - || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "these packages are missing, and only root can install them:$missing"
	policy=/usr/sbin/policy-rc.d made=
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' >$policy
		chmod +x $policy
		made=yes
	fi
	say "installing with apt, without starting services:$missing"
	status=0
	# shellcheck disable=SC2086 # the words are packages
	{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq -y --no-install-recommends $missing; } >&2 || status=$?
	[ -z "$made" ] || rm -f $policy
	return $status
}

# Runs a server as its own user, in a session of its own, so that it stays when this script ends.
run_as() { # user, log, command
	user=$1 log=$2
	shift 2
	# shellcheck disable=SC2086 # the words are a command
	setsid $on_server setpriv --reuid "$user" --regid "$user" --init-groups env HOME="$directory" "$@" >"$log" 2>&1 </dev/null &
	echo $! >"$directory/pid"
}

# Certificate and key where the server's user can read them.
copy_certificates() { # user
	cp "$certificates/certificate.pem" "$certificates/key.pem" "$directory/"
	cat "$certificates/key.pem" "$certificates/certificate.pem" >"$directory/both.pem"
	chown -R "$1:" "$directory"
	chmod 600 "$directory/key.pem" "$directory/both.pem"
}

stop_by_pid() {
	[ -f "$directory/pid" ] || return 0
	pid=$(cat "$directory/pid")
	kill -TERM "$pid" 2>/dev/null || return 0
	tries=0
	while kill -0 "$pid" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 150 ] || kill -KILL "$pid" 2>/dev/null || :
		sleep 0.1
	done
}

print_server() { # pid, speak
	printf "pid=%s port=%s speak='%s'\n" "$1" "$port" "$2"
}

# Calls install_peer, start_peer and so on, which the script defines.
peer_main() {
	command=${1-} directory=${2-} variant=${3-} certificates=${4-}
	case $command in
	install) install_peer ;;
	variants) echo "$variants" ;;
	start)
		[ -n "$certificates" ] || die "usage: start DIR VARIANT CERTIFICATES"
		start_peer
		;;
	stop) stop_by_pid ;;
	*) die "usage: install | variants | start DIR VARIANT CERTIFICATES | stop DIR" ;;
	esac
}
