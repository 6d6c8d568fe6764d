#!/bin/sh
# SPDX-License-Identifier: MIT
# Prosody, as Debian has it but for limits, invitations and federation: see bench/peers/common.sh.
#   plain    Nagle off, generational garbage collection: with it messages cost half to a third
#   mam      the same with an archive, in files; mamsql: in SQLite
#   stock    as it is installed
set -eu
cd "$(dirname "$0")/../.."
. bench/peers/common.sh
variants="plain mam mamsql stock"

install_peer() {
	install_quietly prosody lua-dbi-sqlite3
}

config() {
	cat <<END
data_path = "$directory/data"
pidfile = "$directory/prosody.pid"
log = { warn = "$directory/prosody.log" }
interfaces = { "127.0.0.1" }
c2s_ports = {}
c2s_direct_tls_ports = { $port }
s2s_ports = {}
ssl = { certificate = "$directory/certificate.pem", key = "$directory/key.pem" }
authentication = "internal_hashed"
allow_registration = true
registration_throttle_max = 1000000
modules_enabled = {
	"disco", "roster", "saslauth", "tls", "blocklist", "bookmarks", "carbons", "pep", "private",
	"smacks", "vcard4", "vcard_legacy", "csi_simple",
	"ping", "register", "time", "uptime", "version", "admin_adhoc", "admin_shell", "posix"$1
}
modules_disabled = { "s2s" }
default_archive_policy = true
archive_expires_after = "never"
muc_room_locking = false
muc_room_default_history_length = 0
$2
VirtualHost "localhost"
Component "conference.localhost" "muc"
END
}

config_of_variant() {
	tuned='gc = { mode = "generational" } network_settings = { nagle = false, tcp_backlog = 4096 }'
	archive=', "mam"'
	case $variant in
	plain) config "" "$tuned" ;;
	mam) config "$archive" "$tuned" && echo 'modules_enabled = { "muc_mam" }' ;;
	mamsql)
		config "$archive" "$tuned
storage = { default = \"internal\", archive = \"sql\", muc_log = \"sql\" }
sql = { driver = \"SQLite3\", database = \"$directory/data/archive.sqlite\" }" &&
			echo 'modules_enabled = { "muc_mam" }'
		;;
	stock) config "" "" ;;
	*) die "no such variant: $variant" ;;
	esac
}

start_peer() {
	port=$(free_port 17300)
	mkdir -p "$directory/data" "$directory/certs"
	config_of_variant >"$directory/prosody.cfg.lua"
	copy_certificates prosody
	run_as prosody "$directory/out.log" prosody -F --config "$directory/prosody.cfg.lua"
	pid=$(cat "$directory/pid")
	await_listening "$pid" "$port" "$directory/prosody.log"
	print_server "$pid" "--server xmpp --sign-up"
}

peer_main "$@"
