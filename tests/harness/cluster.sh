# SPDX-License-Identifier: MIT
# A private PostgreSQL cluster under /tmp: its socket is its only door, its
# data are not worth an fsync.  Sourced by lib.sh and run-tests.

pg_bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
# Debian's /usr/bin/psql is a wrapper in Perl that takes three times the CPU;
# tests start it thousands of times.
PATH=$pg_bin:$PATH

# PostgreSQL refuses root.
as_server() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid nobody --regid nogroup --clear-groups -- "$@"
	else
		"$@"
	fi
}

# cluster_start DIR: a new cluster with its socket in DIR, a directory that
# exists.  Superuser postgres, everybody trusted.
cluster_start() {
	[ "$(id -u)" -ne 0 ] || chown nobody "$1"
	chmod 755 "$1"
	(cd / && as_server "$pg_bin/initdb" -D "$1/data" -U postgres -A trust \
		-E UTF8 --locale=C.UTF-8 --no-sync) >"$1/initdb.log" 2>&1 || {
		cat "$1/initdb.log" >&2
		return 1
	}
	(cd / && as_server "$pg_bin/pg_ctl" -D "$1/data" -l "$1/log" -w -o "\
		-k $1 -c listen_addresses= -c fsync=off \
		-c full_page_writes=off -c max_connections=300 \
		-c shared_buffers=64MB -c log_min_messages=fatal" start) \
		>"$1/start.log" 2>&1 || {
		cat "$1/start.log" "$1/log" >&2
		return 1
	}
}

cluster_stop() {
	(cd / && as_server "$pg_bin/pg_ctl" -D "$1/data" -m immediate stop) \
		>/dev/null 2>&1
}
