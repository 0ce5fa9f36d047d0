# SPDX-License-Identifier: MIT
# What an integration test sources: TAP, a database of its own, the programs.
#
#	. "$(dirname "$0")/../harness/lib.sh"
#	new_database
#	start_program campaign-status
#	is "$(http_get campaign-status /healthz)" ...
#	done_testing
#
# Everything that a test starts is stopped, by process id, when it ends, and
# its directory $dir is removed.  run-tests shares one cluster among all tests
# of a run; a test that is run by itself starts its own, and so does one that
# sets private_cluster=1 before sourcing this file (because it changes roles,
# or stops the server); private_cluster=none wants no database at all.
#
# Set here: $here the test's directory, $top the source tree, $sql its sql/,
# $build the build tree (DL_BUILD, or the current directory), $dir.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
sql=$top/sql
build=${DL_BUILD:-$PWD}
dir=$(mktemp -d /tmp/dlt.XXXXXX)
chmod 755 "$dir"
n_tests=0
n_failures=0
pids=
databases=
own_cluster=
. "$top/tests/harness/cluster.sh"

# Nothing of the caller's surroundings decides what a test sees.
unset DATABASE_URL PGUSER PGPASSWORD PGPORT PGSERVICE PGDATABASE \
	CREDENTIALS_DIRECTORY
export LC_ALL=C.UTF-8
# Nor do the settings files of this machine.
export DISPARALEAD_ETC=
export PGHOST PGUSER=postgres PGOPTIONS='-c client_min_messages=error'

#------------------------------------------------------------------------ TAP

ok() { # STATUS NAME
	n_tests=$((n_tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n_tests - $2"
	else
		n_failures=$((n_failures + 1))
		echo "not ok $n_tests - $2"
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

isnt() { # GOT UNWANTED NAME
	[ "$1" != "$2" ]
	ok $? "$3"
}

like() { # GOT PART NAME
	case $1 in
	*"$2"*) ok 0 "$3" ;;
	*)
		ok 1 "$3"
		printf '#  got: %s\n# want: *%s*\n' "$1" "$2" | head -n 40
		;;
	esac
}

unlike() { # GOT PART NAME
	case $1 in
	*"$2"*)
		ok 1 "$3"
		printf '#  got: %s\n# with: %s\n' "$1" "$2" | head -n 40
		;;
	*) ok 0 "$3" ;;
	esac
}

diag() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

done_testing() {
	echo "1..$n_tests"
	[ "$n_failures" -eq 0 ]
	exit
}

bail() {
	echo "Bail out! $*"
	exit 99
}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

# wait_for SECONDS COMMAND...: runs it until it succeeds.
wait_for() {
	local until=$(($(date +%s%N) + $1 * 1000000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(date +%s%N)" -lt "$until" ] || return 1
		sleep 0.05
	done
}

#------------------------------------------------------------------ clean-up

# stop PID [SIGNAL]: ends a process that this test started, and waits for it.
stop() {
	kill "-${2:-TERM}" "$1" 2>/dev/null
	wait_for 10 is_gone "$1" || kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# connections_at SOCKET: how many stand there, seen from its program.
connections_at() {
	awk '$6 == "03"' /proc/net/unix | grep -c "$1\$"
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

clean_up() {
	for pid in $pids; do
		stop "$pid"
	done
	if [ -n "$own_cluster" ]; then
		cluster_stop "$own_cluster"
		rm -rf "$own_cluster"
	else
		for database in $databases; do
			dropdb -f "$database" 2>/dev/null
		done
	fi
	[ -n "${DL_KEEP:-}" ] || rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

#------------------------------------------------------------------ database

# query DATABASE SQL: the rows, unaligned, errors included.
query() {
	psql -qXAt -v ON_ERROR_STOP=1 -d "$1" -c "$2" 2>&1
}

# query_as ROLE DATABASE SQL
query_as() {
	PGUSER=$1 query "$2" "$3"
}

# q SQL: the same on the test's own database.
q() {
	query "$database" "$1"
}

# load DATABASE [psql option...]
load() {
	local into=$1
	shift
	psql -qX -v ON_ERROR_STOP=1 -d "$into" "$@"
}

# migrate DATABASE [psql option]: every migration; -1 makes each one a
# transaction, without it every statement is one.
migrate() {
	local into=$1
	shift
	for file in "$sql"/migrations/*.sql; do
		load "$into" "$@" -f "$file" || return 1
	done
}

# The cluster's migrated database, copied by new_database.
make_template() {
	createdb dl_template && migrate dl_template -1 &&
		load dl_template -f "$sql/roles.sql"
}

if [ "${private_cluster:-}" = none ]; then
	PGHOST=/nonexistent
elif [ -n "${private_cluster:-}" ] || [ -z "${DL_PGHOST:-}" ]; then
	own_cluster=$(mktemp -d /tmp/dlp.XXXXXX)
	PGHOST=$own_cluster
	cluster_start "$own_cluster" || bail 'no PostgreSQL'
	[ -n "${private_cluster:-}" ] || make_template ||
		bail 'the migrations do not apply'
else
	PGHOST=$DL_PGHOST
fi

# new_database [empty]: sets $database to a new one, migrated unless empty,
# and DATABASE_URL.
new_database() {
	database=dl_$$_$(($(echo "$databases" | wc -w) + 1))
	databases="$databases $database"
	if [ "${1:-}" = empty ]; then
		createdb -T template0 "$database"
	else
		createdb -T dl_template "$database"
	fi || bail 'createdb'
	export DATABASE_URL="postgresql:///$database?host=$PGHOST"
}

# add_tenant NAME [USER]: prints the id of a new tenant whose owner is a new
# user, of the given id where there is one.
add_tenant() {
	local user=${2:-$(cat /proc/sys/kernel/random/uuid)}
	q "WITH u AS (
		INSERT INTO auth.users (id) VALUES ('$user')
		ON CONFLICT DO NOTHING
	   ), t AS (
		INSERT INTO public.tenants_dispara_lead_saas_02 (name)
		VALUES ('$1') RETURNING id
	   )
	   SELECT id FROM t" | tee "$dir/tenant"
	add_member "$(cat "$dir/tenant")" "$user" owner
}

# add_member TENANT USER [ROLE]
add_member() {
	q "INSERT INTO auth.users (id) VALUES ('$2') ON CONFLICT DO NOTHING;
	   INSERT INTO public.user_tenant_memberships_dispara_lead_saas_02
		(tenant_id, user_id, role) VALUES ('$1', '$2', '${3:-member}')"
}

# add_instance TENANT NAME [TOKEN]
add_instance() {
	q "INSERT INTO public.instances_dispara_lead_saas_02
		(tenant_id, instance_name, metadata) VALUES ('$1', '$2',
		CASE WHEN '${3:-}' <> '' THEN
		jsonb_build_object('token', '${3:-}') END)"
}

#-------------------------------------------------------------------- tokens

export SUPABASE_JWT_SECRET=${SUPABASE_JWT_SECRET:-test-secret-of-32-characters-000}

base64url() {
	base64 -w 0 | tr '+/' '-_' | tr -d '='
}

# jwt HEADER CLAIMS [SECRET]: signed with HMAC-SHA-256, by openssl and not by
# the code under test.
jwt() {
	local input
	input=$(printf %s "$1" | base64url).$(printf %s "$2" | base64url)
	printf '%s.%s' "$input" "$(printf %s "$input" | openssl dgst -sha256 \
		-binary -hmac "${3:-$SUPABASE_JWT_SECRET}" | base64url)"
}

# token USER [SECONDS]: an access token as Supabase issues them.
token() {
	local exp=$(($(date +%s) + ${2:-3600}))
	jwt '{"alg":"HS256","typ":"JWT"}' "{\"sub\":\"$1\",\
\"aud\":\"authenticated\",\"role\":\"authenticated\",\"exp\":$exp}"
}

#------------------------------------------------------------------ programs

# The database role of a program.
role_of() {
	case $1 in
	launch-campaign) echo disparalead_launch ;;
	process-message) echo disparalead_process ;;
	campaign-status) echo disparalead_status ;;
	local-queue) echo disparalead_queue ;;
	control-campaign) echo disparalead_control ;;
	evolution-events) echo disparalead_events ;;
	*) echo postgres ;;
	esac
}

# start_program NAME [VARIABLE=VALUE...]: with its socket $dir/NAME.sock on
# descriptor 0, as its own role; its log is $dir/NAME.log, its process id in
# $dir/NAME.pid.  It is started again when it dies.
start_program() {
	local name=$1
	shift
	[ -x "$build/$name" ] || bail "$name is not built"
	env PGUSER="$(role_of "$name")" PGOPTIONS= "$@" \
		"$build/tests/harness/supervise" --socket "$dir/$name.sock" \
		--pid-file "$dir/$name.pid" "$build/$name" \
		>>"$dir/$name.log" 2>&1 &
	pids="$! $pids"
	echo $! >"$dir/$name.supervisor"
	wait_for 30 test -S "$dir/$name.sock" -a -s "$dir/$name.pid" ||
		bail "$name does not start: $(cat "$dir/$name.log")"
}

# start_probe [VARIABLE=VALUE...]: the program of the tests, tests/integration/
# web-probe, as the program "probe" with the role of campaign-status.
start_probe() {
	env PGUSER=disparalead_status PGOPTIONS= "$@" \
		"$build/tests/harness/supervise" --socket "$dir/probe.sock" \
		--pid-file "$dir/probe.pid" \
		"$build/tests/integration/web-probe" >>"$dir/probe.log" 2>&1 &
	pids="$! $pids"
	wait_for 30 test -S "$dir/probe.sock" -a -s "$dir/probe.pid" ||
		bail 'the probe does not start'
}

# stop_program NAME: for good.
stop_program() {
	stop "$(cat "$dir/$1.supervisor")"
}

# fastcgi NAME METHOD URI [BODY-FILE [HEADER=VALUE...]]: one request straight
# to the program, without nginx; headers as CGI variables (HTTP_X_TENANT_ID).
# Prints head and body as the program wrote them.
fastcgi() {
	local name=$1 method=$2 uri=$3 body=${4:-/dev/null}
	local query=
	case $uri in
	*\?*) query=${uri#*\?} ;;
	esac
	[ $# -lt 4 ] && shift 3 || shift 4
	env -i PATH="$PATH" REQUEST_METHOD="$method" REQUEST_URI="$uri" \
		SCRIPT_NAME="${uri%%\?*}" QUERY_STRING="$query" \
		CONTENT_LENGTH="$(wc -c <"$body")" SERVER_PROTOCOL=HTTP/1.1 \
		CONTENT_TYPE=application/json REMOTE_ADDR=127.0.0.1 \
		GATEWAY_INTERFACE=CGI/1.1 "$@" \
		cgi-fcgi -bind -connect "$dir/$name.sock" <"$body"
}

# What fastcgi printed, on standard input: its body, its status, one header.
body() {
	sed '1,/^\r$/d'
}

status() {
	sed -n '1s/^Status: \([0-9]*\)\r$/\1/p'
}

# status_of ANSWER: the status of its head.
status_of() {
	printf '%s\n' "$1" | sed -n 's/^Status: \([0-9]*\).*/\1/p' | head -n 1
}

header() { # NAME, in any case
	sed -n "/^\r\$/q;s/^$1: *\(.*\)\r\$/\1/Ip"
}

# A port that nobody listens on; whoever binds it may still be beaten to it.
free_port() {
	local port
	while :; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
	done
	echo "$port"
}

# start_nginx CONFIGURATION-FILE: its $port is set; PORT, DIR and TOP between
# @ signs in the file are replaced.
start_nginx() {
	local tries
	for tries in 1 2 3 4 5; do
		port=$(free_port)
		mkdir -p "$dir/nginx"
		sed -e "s|@PORT@|$port|g" -e "s|@DIR@|$dir|g" \
			-e "s|@TOP@|$top|g" "$1" >"$dir/nginx.conf"
		nginx -p "$dir/nginx" -c "$dir/nginx.conf" -e "$dir/nginx.log" \
			-g 'daemon off;' >>"$dir/nginx.log" 2>&1 &
		pids="$! $pids"
		echo $! >"$dir/nginx.pid"
		if wait_for 5 port_answers "$port" "$!"; then
			return
		fi
	done
	bail "nginx does not start: $(cat "$dir/nginx.log")"
}

port_answers() {
	kill -0 "$2" && (: <"/dev/tcp/127.0.0.1/$1")
}

# start_simulator INSTANCES [option...]: the Evolution simulator; sets
# EVOLUTION_API_URL and EVOLUTION_API_KEY.
start_simulator() {
	local instances=$1
	shift
	rm -f "$dir/simulator.port"
	"$build/tests/simulator/evolution-simulator" --listen 127.0.0.1:0 \
		--port-file "$dir/simulator.port" --key test-global-key \
		--instances "$instances" --journal "$dir/simulator.journal" \
		"$@" >>"$dir/simulator.log" 2>&1 &
	pids="$! $pids"
	echo $! >"$dir/simulator.pid"
	wait_for 30 test -s "$dir/simulator.port" ||
		bail "the simulator does not start: $(cat "$dir/simulator.log")"
	export EVOLUTION_API_KEY=test-global-key
	export EVOLUTION_API_URL="http://127.0.0.1:$(cat "$dir/simulator.port")"
}

# control ROUTE JSON: the simulator's control endpoint.
control() {
	curl -sS -X POST -H 'Content-Type: application/json' -d "$2" \
		"$EVOLUTION_API_URL/_control/$1" >/dev/null
}

# start_stub NAME: an HTTP server scripted with files in $dir/NAME (see
# http_stub.c); sets $stub_url.
start_stub() {
	mkdir -p "$dir/$1"
	rm -f "$dir/$1/port"
	"$build/tests/harness/http-stub" "$dir/$1" >>"$dir/$1.log" 2>&1 &
	pids="$! $pids"
	wait_for 30 grep -q . "$dir/$1/port" ||
		bail "the stub does not start: $(cat "$dir/$1.log")"
	stub_url=http://127.0.0.1:$(cat "$dir/$1/port")
}
