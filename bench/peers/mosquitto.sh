#!/bin/sh
# SPDX-License-Identifier: MIT
# mosquitto with QoS 0, TLS and a password file: what a small C server with a simple protocol
# costs. See bench/peers/common.sh.
set -eu
cd "$(dirname "$0")/../.."
. bench/peers/common.sh
variants=plain
accounts=10500

install_peer() {
	install_quietly mosquitto
}

config() {
	cat <<END
listener $port 127.0.0.1
certfile $directory/certificate.pem
keyfile $directory/key.pem
tls_version tlsv1.3
allow_anonymous false
password_file $directory/passwords
persistence false
set_tcp_nodelay true
max_queued_messages 100000
log_dest stderr
log_type error
END
}

start_peer() {
	port=$(free_port 17340)
	config >"$directory/mosquitto.conf"
	awk -v n=$accounts -v p="$password" \
		'BEGIN { for (i = 0; i < n; i++) printf "bench%05d:%s\n", i, p }' >"$directory/passwords"
	mosquitto_passwd -U "$directory/passwords" >&2
	copy_certificates mosquitto
	chmod 600 "$directory/passwords"
	run_as mosquitto "$directory/out.log" mosquitto -c "$directory/mosquitto.conf"
	pid=$(cat "$directory/pid")
	await_listening "$pid" "$port" "$directory/out.log"
	print_server "$pid" "--server mqtt"
}

peer_main "$@"
