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
#   stack_simulator INSTANCE,... [option...]   Evolution's simulator; sets
#                                              $stack_simulator_port
#   stack_nginx FIRST_PORT                     nginx over all of them, on the
#                                              next two free ports; sets
#                                              $stack_port, $stack_queue_port
#   stack_free_port FIRST                      prints the next free port
#   stack_wait SECONDS COMMAND...              until the command succeeds
#   stack_end NAME                             ends one, until it is started
#                                              again
#   stack_stop                                 ends all, removes the sockets
#
# WORK_DIR holds data, logs and process ids (WORK_DIR/run/NAME.pid); the unix
# sockets lie in a short directory under /tmp, since their paths are bounded
# to 108 bytes.

stack_supervisors=()
declare -gA stack_supervisor_of=()

stack_init() {
	stack_source=$1
	stack_build=$2
	stack_work=$3
	stack_pg_bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
	# Debian's psql is a wrapper in Perl, of three times the CPU.
	PATH=$stack_pg_bin:$PATH
	stack_sockets=$(mktemp -d /tmp/dl.XXXXXX)
	mkdir -p "$stack_work/run" "$stack_work/log"
	chmod 700 "$stack_work"
	# The settings files of this machine are no business of the stack's.
	export DISPARALEAD_ETC=
	stack_user=$(id -un)
	stack_setpriv=(env)
	# PostgreSQL refuses to run as root.
	if [ "$EUID" -eq 0 ]; then
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

# stack_supervise NAME [--role ROLE] [--socket PATH] [--stop-signal NAME]
# COMMAND...: with a role it has the settings in its environment.
stack_supervise() {
	local name=$1 role=
	shift
	if [ "$1" = --role ]; then
		role=$2
		shift 2
	fi
	# Ctrl-C reaches all at once, but PostgreSQL must be the last to go: a
	# program that drains still needs it. stack_stop keeps that order.
	(
		trap '' INT
		[ -z "$role" ] || stack_environment "$role"
		exec "$stack_build/tests/harness/supervise" \
			--pid-file "$stack_work/run/$name.pid" \
			--log "$stack_work/log/$name.log" "$@"
	) &
	stack_supervisors+=("$!")
	stack_supervisor_of[$name]=$!
}

stack_end() {
	local pid=${stack_supervisor_of[$1]} i
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	# Its number may be another process's from now on.
	for i in "${!stack_supervisors[@]}"; do
		[ "${stack_supervisors[i]}" != "$pid" ] ||
			unset "stack_supervisors[i]"
	done
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

# Whether the PostgreSQL that is supervised now takes connections: it says so
# in the last line of its file. No process is started to find out.
stack_postgres_is_ready() {
	local pid lines
	read -r pid <"$stack_work/run/postgresql.pid" &&
		mapfile -t lines <"$stack_work/postgresql/postmaster.pid" &&
		[ "${lines[0]:-}" = "$pid" ] && [[ ${lines[7]:-} == ready* ]]
}

stack_postgres() {
	local data=$stack_work/postgresql
	local socket_dir=$stack_sockets/pg
	mkdir -p "$data" "$socket_dir"
	chmod 700 "$data"
	[ "$EUID" -ne 0 ] || chown "$stack_user" "$data" "$socket_dir"
	if [ ! -f "$data/PG_VERSION" ]; then
		"${stack_setpriv[@]}" "$stack_pg_bin/initdb" -D "$data" \
			-U postgres -A trust -E UTF8 --locale=C.UTF-8 \
			--wal-segsize="${STACK_WAL_SEGMENT_MB:-16}" \
			>"$stack_work/log/initdb.log" 2>&1 || {
			cat "$stack_work/log/initdb.log" >&2
			return 1
		}
	fi
	stack_supervise postgresql --stop-signal INT "${stack_setpriv[@]}" \
		"$stack_pg_bin/postgres" -D "$data" -k "$socket_dir" \
		-c listen_addresses= -c "fsync=${STACK_FSYNC:-on}" \
		-c "max_connections=${STACK_MAX_CONNECTIONS:-100}"
	export PGHOST=$socket_dir PGUSER=postgres
	unset PGPORT PGDATABASE PGOPTIONS PGSERVICE PGPASSWORD
	stack_wait 30 stack_postgres_is_ready
}

# The settings file of all programs, one NAME=VALUE an argument.
stack_settings() {
	local setting
	(umask 077 && : >"$stack_work/disparalead.conf")
	for setting; do
		printf '%s\n' "$setting" >>"$stack_work/disparalead.conf"
	done
}

# The settings and the role, for what this shell starts from now on.
stack_environment() {
	set -a
	# shellcheck disable=SC1091
	. "$stack_work/disparalead.conf"
	PGUSER=$1
	set +a
}

# Runs a command with the settings in its environment, as the given role.
stack_run() {
	local role=$1
	shift
	(
		stack_environment "$role"
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
	stack_supervise "$1" --role "$2" \
		--socket "$stack_sockets/$1.sock" "$stack_build/$1"
}

# stack_simulator INSTANCES [option...]: Evolution's simulator. Started again,
# it takes the port of its file.
stack_simulator() {
	local instances=$1 port_file=$stack_work/run/evolution-simulator.port
	shift
	rm -f "$port_file"
	stack_supervise evolution-simulator \
		"$stack_build/tests/simulator/evolution-simulator" \
		--listen 127.0.0.1:0 --port-file "$port_file" \
		--instances "$instances" \
		--journal "$stack_work/simulator.journal" "$@"
	stack_wait 10 test -s "$port_file" || return 1
	# shellcheck disable=SC2034 # the caller reads it
	stack_simulator_port=$(cat "$port_file")
}

# stack_nginx_main DIR SITE...: DIR/nginx.conf around these files of it.
stack_nginx_main() {
	local conf=$1
	shift
	mkdir -p "$conf/tmp"
	{
		[ "$EUID" -ne 0 ] || echo "user $(id -un) $(id -gn);"
		cat <<-NGINX
			daemon off;
			worker_processes 1;
			pid $conf/nginx.pid;
			error_log stderr warn;
			events { worker_connections 4096; }
			http {
				access_log off;
				client_body_temp_path $conf/tmp/body;
				fastcgi_temp_path $conf/tmp/fastcgi;
				proxy_temp_path $conf/tmp/proxy;
				uwsgi_temp_path $conf/tmp/uwsgi;
				scgi_temp_path $conf/tmp/scgi;
		NGINX
		printf '\tinclude %s;\n' "$@"
		echo '}'
	} >"$conf/nginx.conf"
}

# stack_nginx_conf PORT QUEUE_PORT: the site's own files, on these ports.
stack_nginx_conf() {
	local conf=$stack_work/nginx
	mkdir -p "$conf"
	cp "$stack_source"/nginx/*.conf "$conf/"
	sed -i "s|/run/disparalead/|$stack_sockets/|" \
		"$conf/disparalead-upstreams.conf"
	sed -i "s|^\tlisten .*|\tlisten 127.0.0.1:$2;|" "$conf/local-queue.conf"
	sed -i -e "s|^\tlisten 80;|\tlisten 127.0.0.1:$1;|" \
		-e '/listen \[::\]/d' -e '/listen 127.0.0.1:8082;/d' \
		"$conf/disparalead.conf"
	stack_nginx_main "$conf" disparalead.conf local-queue.conf
}

# Whether nginx holds its ports; it writes the file only then.
stack_nginx_is_up() {
	[ -s "$stack_work/nginx/nginx.pid" ] ||
		grep -q 'bind() to .* failed' "$stack_work/log/nginx.log"
}

stack_nginx() {
	local first=$1 tries
	for tries in 1 2 3 4 5; do
		stack_port=$(stack_free_port "$first")
		stack_queue_port=$(stack_free_port $((stack_port + 1)))
		stack_nginx_conf "$stack_port" "$stack_queue_port"
		rm -f "$stack_work/nginx/nginx.pid" "$stack_work/log/nginx.log"
		stack_supervise nginx --stop-signal QUIT nginx \
			-p "$stack_work/nginx" -e stderr \
			-c "$stack_work/nginx/nginx.conf"
		stack_wait 10 stack_nginx_is_up || return 1
		[ ! -s "$stack_work/nginx/nginx.pid" ] || return 0
		# Somebody else took a port in between: on to the next.
		stack_end nginx
		first=$((stack_queue_port + 1))
	done
	return 1
}

# Ends everything; PostgreSQL when all others are gone.
stack_stop() {
	local pid postgresql=${stack_supervisor_of[postgresql]:-}
	for pid in "${stack_supervisors[@]}"; do
		[ "$pid" = "$postgresql" ] || kill "$pid" 2>/dev/null
	done
	for pid in "${stack_supervisors[@]}"; do
		[ "$pid" = "$postgresql" ] || wait "$pid" 2>/dev/null
	done
	[ -z "$postgresql" ] || stack_end postgresql
	stack_supervisors=()
	[ -z "${stack_sockets:-}" ] || rm -rf "$stack_sockets"
}
