# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the benchmarks share: a private installation with the default durability
# of PostgreSQL, a sink, medians and ratios. Sourced behind harness/stack.sh.
#
#	bench_begin SOURCE_DIR      $bench_build from DL_BUILD, $bench_work
#	bench_sink                  starts the sink: $bench_sink is its URL
#	bench_database [NAME=VALUE..]  PostgreSQL, the settings, the tables
#	bench_queue [NAME=VALUE..]  those, local-queue and nginx: $bench_queue,
#	                            $bench_token
#	bench_cpu_ms NAME           CPU time so far of a supervised program and its
#	                            children, also those that have ended
#	bench_rss_mib NAME...       what such programs hold now, together
#	bench_pss_mib NAME...       the same, a page that several share counted once
#	bench_restart NAME ROLE [NAME=VALUE..]  a program anew, with these settings
#	bench_ready                 until campaign-status reaches its database
#	bench_sql SQL               on the installation's database
#	bench_fail TEXT             counts it in $failures, with what was logged
#	bench_add NAME VALUE        one figure of one run
#	bench_line NAME             "median (min-max)" of its figures
#	bench_ratio NAME OVER       the same of the quotients, pair by pair

# Descriptors of each program, as the units' LimitNOFILE: 600 deliveries in
# flight need 1,200 of process-message.
bench_descriptors=4096

bench_begin() {
	[ "$(ulimit -Sn)" -ge $bench_descriptors ] ||
		ulimit -Sn $bench_descriptors || exit 1
	bench_source=$1
	bench_build=$(cd "${DL_BUILD:-$1/var/build-gcc}" && pwd) || exit 1
	bench_work=$(mktemp -d /tmp/dlb.XXXXXX)
	stack_init "$bench_source" "$bench_build" "$bench_work"
	trap bench_end EXIT
	trap 'exit 130' INT TERM
}

failures=0

# The logs are gone at the end: what the programs said of it belongs here.
bench_fail() {
	local file
	echo "FAIL: $*" >&2
	for file in "$bench_work"/log/*.log "$bench_work"/run/*.ended; do
		[[ ! -s $file || $file =~ /(initdb|migrate)\.log$ ]] ||
			tail -n 3 "$file" | cut -c 1-300 |
			sed "s|^|FAIL: $(basename "$file"): |" >&2
	done
	failures=$((failures + 1))
}

bench_end() {
	stack_stop
	rm -rf "$bench_work"
}

bench_sink() {
	stack_supervise sink "$bench_build/tests/bench/bench-sink" \
		"$bench_work/run/sink.port"
	stack_wait 10 test -s "$bench_work/run/sink.port" || exit 1
	bench_sink=http://127.0.0.1:$(cat "$bench_work/run/sink.port")
}

# The Node peers alone keep 90 connections.
bench_database() {
	STACK_MAX_CONNECTIONS=200 stack_postgres || exit 1
	stack_settings \
		"DATABASE_URL='postgresql:///disparalead?host=$stack_sockets/pg'" \
		"PUBLIC_URL=http://127.0.0.1:9" "LOG_LEVEL=4" "$@"
	stack_migrate disparalead >"$bench_work/log/migrate.log" 2>&1 || {
		cat "$bench_work/log/migrate.log" >&2
		exit 1
	}
}

bench_queue() {
	local credentials
	bench_database "LOCAL_QUEUE_ALLOWED_URLS=$bench_sink" "$@"
	stack_program local-queue disparalead_queue
	stack_nginx 18080 || exit 1
	credentials=$(stack_run disparalead_queue "$bench_build/local-queue" \
		--print-credentials) || exit 1
	bench_queue=http://127.0.0.1:$stack_queue_port
	bench_token=$(sed -n 's/^QSTASH_TOKEN=//p' <<<"$credentials")
}

bench_restart() {
	local setting
	for setting in "${@:3}"; do
		printf '%s\n' "$setting" >>"$bench_work/disparalead.conf"
	done
	stack_end "$1"
	rm -f "$bench_work/run/$1.pid"
	stack_program "$1" "$2"
	stack_wait 20 test -s "$bench_work/run/$1.pid"
}

bench_ready() {
	stack_wait 20 curl -sf -o /dev/null "$public_url/readyz" ||
		bench_fail 'campaign-status is not ready'
}

# bench_tree NAME: its process id and its children's.
bench_tree() {
	local pid
	pid=$(cat "$bench_work/run/$1.pid")
	echo "$pid"
	cat "/proc/$pid/task/$pid/children"
}

bench_cpu_ms() {
	local pid
	for pid in $(bench_tree "$1"); do
		sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null
	done | awk -v hz="$(getconf CLK_TCK)" '
		# utime, stime; of the first, what its ended children took too
		{ t += $12 + $13 } NR == 1 { t += $14 + $15 }
		END { print int(t * 1000 / hz) }'
}

# held_mib FILE FIELD NAME...: that line of /proc/PID/FILE, summed.
held_mib() {
	local file=$1 field=$2 name pid
	shift 2
	for name; do
		for pid in $(bench_tree "$name"); do
			grep "^$field:" "/proc/$pid/$file" 2>/dev/null
		done
	done | awk '{ n += $2 } END { printf "%.1f\n", n / 1024 }'
}

bench_rss_mib() {
	held_mib status VmRSS "$@"
}

bench_pss_mib() {
	held_mib smaps_rollup Pss "$@"
}

bench_sql() {
	psql -qXAt -v ON_ERROR_STOP=1 -d disparalead -c "$1" || {
		bench_fail "psql: $(head -n 1 <<<"$1") ..."
		return 1
	}
}

declare -A bench_figures=()

bench_add() {
	bench_figures[$1]+="$2 "
}

# Of the numbers in stdin, one a line: median (min-max).
bench_median() {
	sort -g | awk '{ v[NR] = $1 } END {
		m = NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2
		f = m < 100 ? "%.2f (%.2f-%.2f)" : "%.0f (%.0f-%.0f)"
		printf f "\n", m, v[1], v[NR] }'
}

bench_line() {
	tr ' ' '\n' <<<"${bench_figures[$1]% }" | bench_median
}

bench_ratio() {
	paste <(tr ' ' '\n' <<<"${bench_figures[$1]% }") \
		<(tr ' ' '\n' <<<"${bench_figures[$2]% }") |
		awk '{ print $1 / $2 }' | bench_median
}
