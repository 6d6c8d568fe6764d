#!/bin/sh
# SPDX-License-Identifier: MIT
# ejabberd, as Debian has it but for shapers, web, federation and STUN: see bench/peers/common.sh.
#   plain    no archive; busy waiting is off, because it would be counted
#   mam      an archive in Mnesia; mamsql: in SQLite
set -eu
cd "$(dirname "$0")/../.."
. bench/peers/common.sh
variants="plain mam mamsql"

install_peer() {
	install_quietly ejabberd erlang-p1-sqlite3
}

config() { # lines for the top, modules
	cat <<END
loglevel: warning
hosts: [localhost]
certfiles: ["$directory/both.pem"]
listen:
  -
    port: $port
    ip: "127.0.0.1"
    module: ejabberd_c2s
    max_stanza_size: 262144
    backlog: 4096
    tls: true
auth_password_format: scram
disable_sasl_mechanisms: ["digest-md5", "X-OAUTH2"]
registration_timeout: infinity
$1
modules:
  mod_adhoc: {}
  mod_blocking: {}
  mod_caps: {}
  mod_carboncopy: {}
  mod_client_state: {}
  mod_configure: {}
  mod_disco: {}
  mod_last: {}
  mod_muc:
    default_room_options:
      mam: $3
      max_users: 5000
    max_users: 5000
    history_size: 0
  mod_offline: {}
  mod_ping: {}
  mod_privacy: {}
  mod_private: {}
  mod_pubsub:
    plugins: [flat, pep]
  mod_push: {}
  mod_register:
    ip_access: all
    password_strength: 0
  mod_roster:
    versioning: true
  mod_shared_roster: {}
  mod_stream_mgmt: {}
  mod_vcard: {}
  mod_vcard_xupdate: {}
  mod_version: {}
$2
END
}

config_of_variant() {
	archive="  mod_mam:
    default: always"
	case $variant in
	plain) config "" "" false ;;
	mam) config "" "$archive" true ;;
	mamsql)
		config "sql_type: sqlite
sql_database: \"$directory/archive.sqlite\"
new_sql_schema: false" "$archive
    db_type: sql" true
		;;
	*) die "no such variant: $variant" ;;
	esac
}

# The Erlang machine that works in the directory.
find_beam() {
	for process in /proc/[0-9]*; do
		if grep -qz beam "$process/cmdline" 2>/dev/null &&
			tr '\0' ' ' <"$process/cmdline" 2>/dev/null | grep -qF "$directory/spool"; then
			echo "${process#/proc/}"
			return 0
		fi
	done
	return 1
}

start_peer() {
	port=$(free_port 17320)
	mkdir -p "$directory/spool" "$directory/logs"
	config_of_variant >"$directory/ejabberd.yml"
	schedulers=
	[ -z "$on_server" ] || schedulers="+S 1:1"
	cat >"$directory/ejabberdctl.cfg" <<END
ERL_DIST_PORT=$(free_port 17399)
ERL_OPTIONS="$schedulers +sbwt none +sbwtdcpu none +sbwtdio none"
CONFIG_DIR="$directory"
END
	cp /etc/ejabberd/inetrc "$directory/"
	copy_certificates ejabberd
	run_as ejabberd "$directory/out.log" ejabberdctl --config-dir "$directory" \
		--ctl-config "$directory/ejabberdctl.cfg" --config "$directory/ejabberd.yml" \
		--logs "$directory/logs" --spool "$directory/spool" --node "bench$$@localhost" foreground
	await_listening "$(cat "$directory/pid")" "$port" "$directory/out.log"
	pid=$(find_beam) || die "ejabberd's process cannot be found"
	echo "$pid" >"$directory/pid"
	print_server "$pid" "--server xmpp --sign-up"
}

peer_main "$@"
