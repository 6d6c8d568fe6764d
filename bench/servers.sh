# SPDX-License-Identifier: MIT
# servers.sh - starts and stops what bench/run measures. Sourced; sets pid, port and speak (the
# generator's options) of the server that runs.
. bench/listens.sh

pid=
restarting=
peer_running=

make_certificate() {
	(umask 077 && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 \
		-subj /CN=localhost -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
		-keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null) ||
		die "openssl could not make a certificate"
}

# The generator on the first processor, servers on the second.
choose_processors() {
	on_server= on_generator=
	if [ "$(processors)" -gt 1 ] && command -v taskset >/dev/null 2>&1; then
		on_generator="taskset -c 0" on_server="taskset -c 1"
	fi
}

stop_server() {
	[ -n "$pid" ] || return 0
	# A restarted Parley is no child of this shell.
	[ -z "$restarting" ] || pid=$(cat "$work/parley.pid")
	kill -TERM "$pid" 2>/dev/null || :
	while kill -0 "$pid" 2>/dev/null; do
		wait "$pid" 2>/dev/null || sleep 0.1
	done
	pid= restarting=
}

start_relay() { # variant
	tls="--certificate $work/certificate.pem --key $work/key.pem" speak="--server relay" extra=
	case $1 in
	ack) extra="--acknowledge" ;;
	rel) extra="--release" ;;
	coal) extra="--coalesce" ;;
	best) extra="--coalesce --release --ahead" ;;
	notls) tls= speak="--server relay --no-tls" ;;
	esac
	port=$(free_port 17100)
	# shellcheck disable=SC2086 # the words are options
	$on_server "$build/bench/relay" --port "$port" $tls $extra >"$work/relay.log" 2>&1 &
	pid=$!
	await_listening "$pid" "$port" "$work/relay.log"
}

# ---- Parley --------------------------------------------------------------------------------------

stores_there_are() {
	echo memory
	[ ! -f "$build/modules/.libs/store_sqlite.so" ] || echo sqlite
	[ ! -f "$build/modules/.libs/store_mongo.so" ] || [ -z "${PARLEY_TEST_MONGODB-}" ] || echo mongo
}

# Limits that would stop a generator are out of the way, and so is scrypt's cost where logins are not
# what is measured.
parley_config() { # store, modules or "" for the default ones, cost of scrypt
	cat <<END
node {
	domain = "localhost"
	data = "$work/data"
	module_path = "$build/modules/.libs"
	schemas = "$root/schemas"
	log = "warn"
	${2:+modules = \"$2\"}
}
tls {
	certificate = "$work/certificate.pem"
	key = "$work/key.pem"
}
web {
	root = ""
}
limits {
	guests_per_address = 100000
	connections = 18000
	idle_seconds = 86400
	messages_second = 0
	presence_minute = 0
	updates_minute = 0
}
module roster {
	requests_hour = 100000
}
accounts {
	scrypt_log_n = $3
	scrypt_queue = 10000
	address_fails = 10000
}
store {
	backend = "$1"
	${mongo_uri:+$([ "$1" != mongo ] || echo "location = \"$mongo_uri\"")}
}
listen json {
	address = "127.0.0.1"
	port = $port
}
listen https {
	address = "127.0.0.1"
	port = $https_port
}
listen control {
	path = "$work/control.sock"
}
listen metrics {
	address = "127.0.0.1"
	port = $metrics_port
}
END
}

run_parley() {
	rm -f "$work/control.sock"
	# shellcheck disable=SC2086 # a prefix of words
	PARLEY_TEST_CLOCK=$work/clock $on_server "$build/parleyd" -c "$work/parley.conf" >"$work/parley.log" 2>&1 &
	pid=$!
	echo "$pid" >"$work/parley.pid"
	await_listening "$pid" "$port" "$work/parley.log"
	await_listening "$pid" "$work/control.sock" "$work/parley.log"
}

start_parley() { # store, modules, cost of scrypt
	rm -rf "$work/data"
	mkdir -m 700 "$work/data"
	printf '\0\0\0\0\0\0\0\0' >"$work/clock"
	port=$(free_port 17200)
	https_port=$(free_port $((port + 1)))
	metrics_port=$(free_port $((https_port + 1)))
	[ "$1" != mongo ] || choose_database
	parley_config "$@" >"$work/parley.conf"
	speak="--server parley --control $work/control.sock --clock $work/clock --metrics $metrics_port"
	run_parley
}

# ---- MongoDB: that of PARLEY_TEST_MONGODB, or one that is started for the run and has the generator's processor ------

start_mongo() {
	on_mongo=$on_generator
	mongo_begin "$build" && [ -n "${PARLEY_TEST_MONGODB-}" ] || die "no MongoDB can be started"
	make -C "$build" --no-print-directory -s tests/support/mongo/command >&2
}

stop_mongo() {
	drop_database
	mongo_end
}

# Each node has a database of its own.
choose_database() {
	drop_database
	databases=$((${databases:-0} + 1))
	database=parley_bench_$$_$databases
	mongo_uri=$(mongo_location "$database")
}

drop_database() {
	[ -n "${database-}" ] || return 0
	mongo_drop "$build" "$database"
	database= mongo_uri=
}

# A command for the generator that ends Parley and starts it again.
restart_parley() {
	cat <<END
kill -TERM \$(cat $work/parley.pid)
while kill -0 \$(cat $work/parley.pid) 2>/dev/null; do sleep 0.05; done
PARLEY_TEST_CLOCK=$work/clock $on_server $build/parleyd -c $work/parley.conf >>$work/parley.log 2>&1 &
echo \$! >$work/parley.pid
END
}

# The memory of a server that has just started.
base_memory() { # label
	sleep 1
	kb=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
	printf '{"server":"%s","mode":"base","pss_kb":%s}\n' "$1" "$kb" >>"$results"
}

# ---- peers ---------------------------------------------------------------------------------------

# Where other users can get at it.
make_peer_directory() {
	peer_directory=$(mktemp -d "${data:-/var/tmp}/parley-bench.XXXXXX")
	chmod 755 "$peer_directory"
}

# Sets pid, port and speak from what the script prints: "pid=1,2 port=3 speak='...'".
start_peer() { # peer, variant
	make_peer_directory
	peer_running=$1
	peer_says=$(on_server="$on_server" "bench/peers/$1.sh" start "$peer_directory" "$2" "$work") || {
		stop_peer
		return 1
	}
	eval "$peer_says"
}

stop_peer() {
	[ -n "$peer_running" ] || return 0
	"bench/peers/$peer_running.sh" stop "$peer_directory" || :
	rm -rf "$peer_directory"
	peer_running= pid=
}

# ---- what the numbers depend on --------------------------------------------------------------------

# A string of JSON.
quoted() {
	printf '"%s"' "$(printf '%s' "$1" | tr -d '\\"\n')"
}

facts() {
	printf '{"mode":"facts","size":"%s","date":%s,"commit":%s,"kernel":%s,"processor":%s,"processors":%s' \
		"$size" "$(quoted "$(date -u +%Y-%m-%d)")" \
		"$(quoted "$(git describe --always --dirty 2>/dev/null || echo unknown)")" \
		"$(quoted "$(uname -r)")" \
		"$(quoted "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)")" "$(processors)"
	printf ',"memory_mb":%s,"load":%s,"openssl":%s,"pinned":%s,"fsync_us":%s}\n' \
		"$(awk '/^MemTotal/ { print int($2 / 1024) }' /proc/meminfo)" \
		"$(cut -d' ' -f1 /proc/loadavg)" "$(quoted "$(openssl version)")" \
		"$([ -n "$on_server" ] && echo true || echo false)" "$("$build/bench/fsync" "$work")"
}

facts_after() {
	printf '{"mode":"facts","load_after":%s}\n' "$(cut -d' ' -f1 /proc/loadavg)"
}
