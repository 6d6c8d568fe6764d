# SPDX-License-Identifier: MIT
# setup.sh - what tools/run and tools/test share: packages, the build, the web client. Sourced, with
# the root of the source as the working directory.

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "$0: $*"
	exit 1
}

# True for Node.js 18 or newer with npm on the PATH.
have_node() {
	command -v npm >/dev/null 2>&1 &&
		node -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)' 2>/dev/null
}

have_package() { # package, command or "-"
	if [ "$2" != - ]; then
		command -v "$2" >/dev/null 2>&1
	else
		dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
	fi
}

# The packages of these purposes that are missing, in words.
missing_packages() {
	for purpose in "$@"; do
		if [ "$purpose" = node ] && have_node; then
			continue
		fi
		while read -r for_what package shown_by; do
			if [ "$for_what" = "$purpose" ] && ! have_package "$package" "$shown_by"; then
				printf '%s ' "$package"
			fi
		done <tools/packages
	done
}

install_packages() {
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	command -v apt-get >/dev/null 2>&1 ||
		die "these Debian packages, or what they are called here, are missing: $missing"
	as_root=
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null 2>&1 ||
			die "these packages are missing, and there is no sudo to install them: $missing"
		as_root=sudo
	fi
	say "installing with apt: $missing"
	$as_root apt-get update -qq
	# shellcheck disable=SC2086 # the words are packages
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
		-o Dpkg::Use-Pty=0 --no-install-recommends $missing >&2
}

processors() {
	getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# Builds all in the directory $1 with the configure arguments that follow. What is up to date is not
# built again; other arguments than last time make a new build.
build_node() {
	made=$1
	shift
	if [ ! -x configure ] || [ configure.ac -nt configure ] || [ m4/parley_flags.m4 -nt configure ]; then
		say "making configure"
		./autogen.sh >&2
	fi
	mkdir -p "$made"
	if [ ! -f "$made/Makefile" ] || [ "$(cat "$made/arguments" 2>/dev/null)" != "$*" ]; then
		say "configuring $made${*:+: $*}"
		(cd "$made" && "$OLDPWD/configure" --quiet "$@") >&2 || return 1
		printf '%s' "$*" >"$made/arguments"
	fi
	say "building $made"
	make -C "$made" --no-print-directory -s -j"$(processors)" >&2
}

# Fetches what the web client is built with, unless the lock file has not changed since.
web_packages() {
	[ -f web/package-lock.json ] || return 0
	if ! cmp -s web/package-lock.json web/node_modules/.installed-lock.json; then
		say "fetching the web client's packages with npm"
		(cd web && npm ci --no-audit --no-fund --loglevel=error) >&2 || return 1
		cp web/package-lock.json web/node_modules/.installed-lock.json
	fi
}

build_web() {
	[ -f web/package-lock.json ] || return 0
	web_packages || return 1
	built=web/node_modules/.parley-built
	newer=$(find web schemas -path web/node_modules -prune -o -path web/dist -prune -o \
		-path web/sdk/dist -prune -o -type f -newer $built -print 2>/dev/null | head -n 1)
	if [ ! -f web/dist/index.html ] || [ ! -f $built ] || [ -n "$newer" ]; then
		say "building the web client"
		(cd web && npm run --silent build) >&2 || return 1
		touch $built
	fi
}
