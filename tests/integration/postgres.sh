# SPDX-License-Identifier: MIT
# A private PostgreSQL for the tests of the schema, and TAP in four lines.
# Sourced by a test; everything is stopped and removed when the test ends.
set -u
here=$(cd "$(dirname "$0")" && pwd)
sql=$here/../../sql
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
dir=$(mktemp -d /tmp/dlpg.XXXXXX)
tests=0
failures=0

as_server() {
	if [ "$(id -u)" -eq 0 ]; then
		runuser -u nobody -- "$@"
	else
		"$@"
	fi
}

stop_cluster() {
	as_server "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
	rm -rf "$dir"
}
trap stop_cluster EXIT
trap 'exit 130' INT TERM

[ "$(id -u)" -ne 0 ] || chown nobody "$dir"
as_server "$bin/initdb" -D "$dir/data" -U postgres -A trust --no-sync \
	>"$dir/initdb.log" || { cat "$dir/initdb.log"; exit 99; }
as_server "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o \
	"-k $dir -c listen_addresses= -c fsync=off -c log_min_messages=panic" \
	start >/dev/null || exit 99
export PGHOST=$dir PGUSER=postgres PGOPTIONS='-c client_min_messages=error'

# query DATABASE SQL: the rows, unaligned.
query() {
	psql -qXAt -v ON_ERROR_STOP=1 -d "$1" -c "$2" 2>&1
}

# query_as ROLE DATABASE SQL
query_as() {
	PGUSER=$1 query "$2" "$3"
}

load() {
	db=$1; shift
	psql -qX -v ON_ERROR_STOP=1 -d "$db" "$@"
}

# migrate DATABASE [psql option]: every migration; -1 makes each one a
# transaction, without it every statement is one.
migrate() {
	db=$1; shift
	for file in "$sql"/migrations/*.sql; do
		load "$db" "$@" -f "$file" || return 1
	done
}

ok() { # STATUS NAME
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		failures=$((failures + 1))
		echo "not ok $tests - $2"
	fi
}

is() { # GOT WANTED NAME
	if [ "$1" = "$2" ]; then
		ok 0 "$3"
	else
		ok 1 "$3"
		printf '#  got: %s\n# want: %s\n' "$1" "$2" | head -n 40
	fi
}

like() { # GOT PATTERN NAME
	case $1 in
	*"$2"*) ok 0 "$3" ;;
	*) ok 1 "$3"; echo "#  got: $1"; echo "# want: *$2*" ;;
	esac
}

done_testing() {
	echo "1..$tests"
	[ "$failures" -eq 0 ]
	exit
}
