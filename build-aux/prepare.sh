# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# prepare.sh: what ./demo and ./check need before they can begin. Sourced,
# with the source directory in $here.
#
#   prepare_packages [FILE]     installs the Debian packages that are missing,
#                               of build-aux/packages.txt or another list
#   prepare_build SRC DIR ARG...  configures and builds SRC in DIR

prepare_missing() {
	local package
	while read -r package; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q 'ok installed' || echo "$package"
	done <"$1"
}

prepare_packages() {
	local missing sudo=
	missing=$(prepare_missing "${1:-${here:?}/build-aux/packages.txt}")
	[ -n "$missing" ] || return 0
	[ "$(id -u)" -eq 0 ] || sudo=sudo
	echo "Instalando pacotes: ${missing//$'\n'/ }" >&2
	# The servers come to be used, not to be started on their own ports.
	# shellcheck disable=SC2086
	$sudo apt-get update -qq >&2 &&
		$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
			apt-get install -y -qq --no-install-recommends \
			$missing >/dev/null
}

# Out of the tree, so that gcc, clang and sanitizers stand side by side.
prepare_build() {
	local source=$1 dir=$2
	shift 2
	mkdir -p "$dir"
	if [ ! -x "$source/configure" ] ||
		[ "$source/configure.ac" -nt "$source/configure" ]; then
		(cd "$source" && ./bootstrap) || return 1
	fi
	[ -f "$dir/Makefile" ] || (cd "$dir" && "$source/configure" -q "$@") ||
		return 1
	make -C "$dir" -s -j"$(nproc)"
}
