# SPDX-License-Identifier: MIT
# mongo.sh - a MongoDB for the tests: a mongod of this machine's, else FerretDB, which is built here and runs over
# PostgreSQL. Sourced by tools/test, with the root of the source as the working directory.

# True for Go 1.22 or newer.
have_go() {
	version=$(go env GOVERSION 2>/dev/null) || return 1
	version=${version#go1.}
	[ "${version%%[!0-9]*}" -ge 22 ] 2>/dev/null
}

have_mongod() {
	[ -n "${PARLEY_MONGOD-}" ] || command -v mongod >/dev/null 2>&1
}

build_ferretdb() {
	mkdir -p build
	PARLEY_FERRETDB=$PWD/build/ferretdb
	export PARLEY_FERRETDB
	(cd tests/support/mongo/ferretdb && go build -trimpath -o "$PARLEY_FERRETDB" .) >&2
}

# Sets PARLEY_TEST_MONGODB for the tests, where this machine can have one. Ask mongo_end to stop it. Fails when there is
# to be one and is not; without one the tests say what they skip.
mongo_begin() { # build
	[ -z "${PARLEY_TEST_MONGODB-}" ] || return 0
	if ! have_mongod && [ ! -x "${PARLEY_FERRETDB-}" ]; then
		if [ -n "${PARLEY_DEMAND_MONGOD-}" ]; then
			say "--mongod, but there is no mongod in PATH or PARLEY_MONGOD"
			return 1
		fi
		if ! have_go; then
			say "SKIPPED: tests with MongoDB: neither a mongod nor Go 1.22, with which FerretDB would be built"
			[ "${CI-}" != true ]
			return
		fi
		install_packages mongo
		build_ferretdb || return 1
	fi
	make -C "$1" --no-print-directory -s tests/support/mongo/command >&2 || return 1
	mongo_folder=$(mktemp -d)
	# shellcheck disable=SC2086 # a prefix of words
	${on_mongo-} env PARLEY_BUILD="$(cd "$1" && pwd)" tests/support/mongo/serve start "$mongo_folder" >&2 || return 1
	PARLEY_TEST_MONGODB=$(cat "$mongo_folder/uri")
	export PARLEY_TEST_MONGODB
	say "MongoDB for the tests: $(cat "$mongo_folder/kind") at $PARLEY_TEST_MONGODB"
}

mongo_end() {
	[ -z "${mongo_folder-}" ] || tests/support/mongo/serve stop "$mongo_folder" || :
	mongo_folder=
}

# The URI of a database of the MongoDB for the tests.
mongo_location() { # name
	printf '%s' "$PARLEY_TEST_MONGODB" | sed "s|^\([^/]*//[^/?]*\)/*|\1/$1|"
}

mongo_drop() { # build, name
	"$1/tests/support/mongo/command" "$PARLEY_TEST_MONGODB" "$2" '{"dropDatabase": 1}' >/dev/null 2>&1 || :
}
