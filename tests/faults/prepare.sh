# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# prepare.sh: what "run" and "soak" need first. Sourced with $top (and $here,
# for build-aux/prepare.sh) set.
#
#   faults_build         sets and exports DL_BUILD; made where it is not given
#   faults_template DIR  DIR/template: a migrated cluster, stopped, with one
#                        tenant and its instances; every row copies it

. "$top/build-aux/prepare.sh"
. "$top/tests/harness/stack.sh"

faults_build() {
	if [ -z "${DL_BUILD:-}" ]; then
		export DL_BUILD=$top/var/build-faults
		mkdir -p "$top/var"
		prepare_build "$top" "$DL_BUILD" --enable-failpoints \
			>"$DL_BUILD.out" 2>&1 || {
			tail -n 30 "$DL_BUILD.out"
			return 1
		}
	fi
	grep -q 'db\.before' "$DL_BUILD/process-message" || {
		echo "$DL_BUILD was not made with --enable-failpoints"
		return 1
	}
}

faults_people() {
	local name tenant
	disparalead() {
		stack_run disparalead_admin "$DL_BUILD/disparalead" "$@"
	}
	tenant=$(disparalead tenant add 'Loja Exemplo' \
		--owner 11111111-1111-4111-8111-111111111111) || return 1
	for name in loja-1 loja-2 loja-3 loja-4; do
		disparalead instance add "$name" --tenant "$tenant" \
			--token "$name-token" || return 1
	done
}

# Half of the files that every row would copy.
drop_template_databases() {
	psql -qX -d disparalead -v ON_ERROR_STOP=1 \
		-c 'UPDATE pg_database SET datistemplate = false' \
		-c 'DROP DATABASE template0' -c 'DROP DATABASE template1'
}

faults_template() {
	local pid
	stack_init "$top" "$DL_BUILD" "$1/made"
	STACK_FSYNC=off STACK_WAL_SEGMENT_MB=1 stack_postgres &&
		stack_settings \
			"DATABASE_URL=postgresql:///disparalead?host=$PGHOST" &&
		stack_migrate disparalead && faults_people &&
		drop_template_databases
	local status=$?
	stack_stop
	[ "$status" -eq 0 ] && mv "$1/made/postgresql" "$1/template"
}
