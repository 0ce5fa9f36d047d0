#!/bin/bash
# SPDX-License-Identifier: MIT
# units.sh: the installed units without systemd. What they say is read from
# their files; supervise is the parent that holds a socket while its program is
# restarted. Runs in the chroot that tests/package/run makes.
#
#   units.sh hold PROGRAM      its socket, and the service on it, until SIGTERM
#   units.sh value UNIT NAME   what the unit sets
#   units.sh run UNIT          what ExecStart says, in the unit's surroundings
#   units.sh set ROLE COMMAND  a command with the installation's settings
#
# As "systemctl" (a link) it does what the package's scripts ask of systemd.
set -u
units=/lib/systemd/system
state=/test/state

# value UNIT NAME: each value of the unit and of what its kind has in common.
value() {
	cat "$units/$1" "$units/disparalead-.${1##*.}.d/"*.conf |
		sed -n "s/^$2=//p"
}

# The lines of an EnvironmentFile, as systemd reads ours: NAME=VALUE, the value
# in quotation marks or not.
read_settings() {
	local line name text
	[ -r "$1" ] || return 0
	while IFS= read -r line; do
		[[ $line =~ ^[A-Z_]+= ]] || continue
		name=${line%%=*}
		text=${line#*=}
		case $text in \"*\" | \'*\') text=${text:1:-1} ;; esac
		export "$name=$text"
	done <"$1"
}

# Without credentials, what %d stands in names a file that is not there.
surround() {
	local line
	while IFS= read -r line; do
		export "${line//%d//nonexistent}"
	done < <(value "$1" Environment)
	while IFS= read -r line; do
		read_settings "${line#-}"
	done < <(value "$1" EnvironmentFile)
}

run() {
	local command
	surround "$1"
	read -ra command < <(value "$1" ExecStart)
	exec setpriv --reuid="$(value "$1" User)" \
		--regid="$(value "$1" Group)" --clear-groups --inh-caps=-all \
		--bounding-set=-all --no-new-privs "${command[@]}"
}

# The caller stays: supervise ends with its parent.
hold() {
	local name=disparalead-$1
	mkdir -p "$state"
	exec /test/supervise --socket "$(value "$name.socket" ListenStream)" \
		--pid-file "$state/$name.pid" --log "$state/$name.log" \
		"$0" run "$name.service"
}

# What the maintainer scripts call.
systemctl() {
	local argument name
	echo "$*" >>/test/systemctl.log
	for argument; do
		[[ $argument == disparalead-*.service ]] || continue
		name=${argument%.service}
		[ "$1" != try-restart ] || [ ! -f "$state/$name.pid" ] ||
			kill "$(cat "$state/$name.pid")"
	done
}

case ${0##*/} in
systemctl) systemctl "$@" ;;
*)
	case $1 in
	set)
		read_settings /etc/disparalead/disparalead.conf
		read_settings /etc/disparalead/local.conf
		export PGUSER=$2
		shift 2
		exec "$@"
		;;
	*) "$@" ;;
	esac
	;;
esac
