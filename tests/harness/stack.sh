# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# stack.sh: a whole private installation on one machine, for ./demo and the
# integration tests. Sourced by bash; everything it starts runs under
# tests/harness/supervise, is restarted when it dies, and ends with stack_stop
# (or with the shell, should that be killed).
#
#   stack_init SOURCE_DIR BUILD_DIR WORK_DIR   variables and directories
#   stack_postgres                             a private PostgreSQL 15
#   stack_settings NAME=VALUE...               what every program reads
#   stack_migrate                              database, tables, roles
#   stack_program NAME [ROLE]                  a FastCGI program on its socket
#   stack_simulator INSTANCE,...               Evolution's simulator
#   stack_nginx PORT QUEUE_PORT                nginx over all of them
#   stack_free_port FIRST                      prints the next free port
#   stack_wait SECONDS COMMAND...              until the command succeeds
#   stack_stop                                 ends all, removes the sockets
#
# WORK_DIR holds data, logs and process ids (WORK_DIR/run/NAME.pid); the unix
# sockets lie in a short directory under /tmp, since their paths are bounded
# to 108 bytes.

stack_supervisors=()

stack_init() {
	stack_source=$1
	stack_build=$2
	stack_work=$3
	stack_pg_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
	stack_sockets=$(mktemp -d /tmp/dl.XXXXXX)
	mkdir -p "$stack_work/run" "$stack_work/log"
	chmod 700 "$stack_work"
	stack_user=$(id -un)
	stack_setpriv=(env)
	# PostgreSQL refuses to run as root.
	if [ "$(id -u)" -eq 0 ]; then
		if getent passwd postgres >/dev/null; then
			stack_user=postgres
		else
			stack_user=nobody
		fi
		chmod 711 "$stack_sockets"
		# One capability is kept: to reach a work directory that
		# lies below a closed home.
		# shellcheck disable=SC2054
		stack_setpriv=(setpriv --reuid="$stack_user"
			--regid="$(id -gn "$stack_user")" --clear-groups
			--inh-caps=-all,+dac_read_search
			--ambient-caps=-all,+dac_read_search
			--bounding-set=-all,+dac_read_search)
	fi
}

# stack_supervise NAME [--socket PATH] [--stop-signal NAME] COMMAND...
stack_supervise() {
	local name=$1
	shift
	"$stack_build/tests/harness/supervise" \
		--pid-file "$stack_work/run/$name.pid" \
		--log "$stack_work/log/$name.log" "$@" &
	stack_supervisors+=("$!")
}

stack_wait() {
	local tries=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

stack_free_port() {
	local port=$1
	while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		port=$((port + 1))
	done
	echo "$port"
}

stack_postgres() {
	local data=$stack_work/postgresql
	local socket_dir=$stack_sockets/pg
	mkdir -p "$data" "$socket_dir"
	chmod 700 "$data"
	[ "$(id -u)" -ne 0 ] || chown "$stack_user" "$data" "$socket_dir"
	if [ ! -f "$data/PG_VERSION" ]; then
		"${stack_setpriv[@]}" "$stack_pg_bin/initdb" -D "$data" \
			-U postgres -A trust -E UTF8 --locale=C.UTF-8 \
			>"$stack_work/log/initdb.log" 2>&1 || {
			cat "$stack_work/log/initdb.log" >&2
			return 1
		}
	fi
	stack_supervise postgresql --stop-signal INT "${stack_setpriv[@]}" \
		"$stack_pg_bin/postgres" -D "$data" -k "$socket_dir" \
		-c listen_addresses= -c "fsync=${STACK_FSYNC:-on}"
	export PGHOST=$socket_dir PGUSER=postgres
	unset PGPORT PGDATABASE
	stack_wait 30 psql -qXAt -d postgres -c 'SELECT 1'
}

# The settings file of all programs, one NAME=VALUE an argument.
stack_settings() {
	local setting
	(umask 077 && : >"$stack_work/disparalead.conf")
	for setting; do
		printf '%s\n' "$setting" >>"$stack_work/disparalead.conf"
	done
}

# Runs a command with the settings in its environment, as the given role.
stack_run() {
	local role=$1
	shift
	(
		set -a
		# shellcheck disable=SC1091
		. "$stack_work/disparalead.conf"
		PGUSER=$role
		exec "$@"
	)
}

# stack_migrate DATABASE: created where absent, migrated, with its roles.
stack_migrate() {
	psql -qXAt -d postgres -c "SELECT 1 FROM pg_database
		WHERE datname = '$1'" | grep -q 1 ||
		psql -qX -d postgres -c "CREATE DATABASE \"$1\""
	stack_run postgres "$stack_build/disparalead" migrate --roles \
		--dir "$stack_source/sql"
}

# stack_program NAME ROLE: a FastCGI program, its socket held for it.
stack_program() {
	local name=$1 role=$2
	# shellcheck disable=SC2016
	stack_supervise "$name" --socket "$stack_sockets/$name.sock" \
		bash -c 'set -a; . "$1"; PGUSER=$2; exec "$3"' program \
		"$stack_work/disparalead.conf" "$role" "$stack_build/$name"
}

# stack_simulator PORT INSTANCES [option...]: Evolution's simulator.
stack_simulator() {
	local port=$1 instances=$2
	shift 2
	stack_supervise evolution-simulator \
		"$stack_build/tests/simulator/evolution-simulator" \
		--listen "127.0.0.1:$port" --instances "$instances" \
		--journal "$stack_work/simulator.journal" "$@"
	stack_wait 10 curl -sf -o "$stack_work/log/simulator-first.json" \
		"http://127.0.0.1:$port/_control/sent"
}

# stack_nginx PORT QUEUE_PORT: the site's own files, on these ports.
stack_nginx() {
	local conf=$stack_work/nginx
	mkdir -p "$conf/tmp"
	cp "$stack_source"/nginx/*.conf "$conf/"
	sed -i "s|/run/disparalead/|$stack_sockets/|" \
		"$conf/disparalead-upstreams.conf"
	sed -i "s|^\tlisten .*|\tlisten 127.0.0.1:$2;|" "$conf/local-queue.conf"
	sed -i -e "s|^\tlisten 80;|\tlisten 127.0.0.1:$1;|" \
		-e '/listen \[::\]/d' "$conf/disparalead.conf"
	{
		[ "$(id -u)" -ne 0 ] || echo "user $(id -un) $(id -gn);"
		cat <<-NGINX
			daemon off;
			worker_processes 1;
			pid $conf/nginx.pid;
			error_log stderr warn;
			events { worker_connections 1024; }
			http {
				client_body_temp_path $conf/tmp/body;
				fastcgi_temp_path $conf/tmp/fastcgi;
				proxy_temp_path $conf/tmp/proxy;
				uwsgi_temp_path $conf/tmp/uwsgi;
				scgi_temp_path $conf/tmp/scgi;
				include disparalead.conf;
				include local-queue.conf;
			}
		NGINX
	} >"$conf/nginx.conf"
	stack_supervise nginx --stop-signal QUIT nginx -p "$conf" \
		-e stderr -c "$conf/nginx.conf"
	stack_wait 10 curl -s -o /dev/null "http://127.0.0.1:$1/"
}

# Ends everything in reverse order; PostgreSQL, the first one, last.
stack_stop() {
	local i
	for ((i = ${#stack_supervisors[@]} - 1; i >= 0; i--)); do
		kill "${stack_supervisors[i]}" 2>/dev/null
		[ "$i" -gt 1 ] || wait "${stack_supervisors[i]}" 2>/dev/null
	done
	for i in ${stack_supervisors[@]+"${stack_supervisors[@]}"}; do
		wait "$i" 2>/dev/null
	done
	stack_supervisors=()
	[ -z "${stack_sockets:-}" ] || rm -rf "$stack_sockets"
}
