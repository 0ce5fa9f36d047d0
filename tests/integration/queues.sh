# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the tests of local-queue share; sourced behind harness/lib.sh.
#
#	start_queue [VARIABLE=VALUE...]   local-queue behind nginx, on a
#	                                  database of its own
#	publish PATH [curl option...]     a message to the destination's PATH
#	api METHOD ROUTE [curl option...] any other route
#	wait_deliveries N PATH [seconds]  until N requests of PATH have ended
#	delivery PATH N FILTER            jq on the N-th request of PATH
#
# $to is the destination's URL (tests/integration/queue_destination.c), $queue
# the queue's, $token its token.  publish and api leave the status in $status
# and print nothing: the answer is in $answer.

start_destination() {
	mkdir -p "$dir/destination"
	: >"$dir/destination/log"
	"$build/tests/integration/queue-destination" "$dir/destination" \
		>>"$dir/destination.log" 2>&1 &
	pids="$! $pids"
	wait_for 30 grep -q . "$dir/destination/port" ||
		bail "no destination: $(cat "$dir/destination.log")"
	to=http://127.0.0.1:$(cat "$dir/destination/port")
}

# The shipped listener, on another port.
start_queue_nginx() {
	cp "$top/nginx/disparalead-fastcgi.conf" "$dir/"
	sed 's|^\tlisten .*|\tlisten 127.0.0.1:@PORT@;|' \
		"$top/nginx/local-queue.conf" >"$dir/local-queue.conf.in"
	{
		[ "$(id -u)" -ne 0 ] || echo "user $(id -un) $(id -gn);"
		echo "pid $dir/nginx/pid;"
		echo 'events { worker_connections 256; } http {'
		for kind in client_body fastcgi proxy uwsgi scgi; do
			echo "${kind}_temp_path $dir/nginx/$kind;"
		done
		echo 'upstream disparalead_queue {'
		echo "server unix:$dir/local-queue.sock; }"
		cat "$dir/local-queue.conf.in"
		echo '}'
	} >"$dir/queue-nginx.conf"
	start_nginx "$dir/queue-nginx.conf"
	queue=http://127.0.0.1:$port
}

start_queue() {
	new_database
	start_destination
	start_program local-queue "$@" \
		LOCAL_QUEUE_ALLOWED_URLS="$to, http://127.0.0.1:9"
	start_queue_nginx
	credentials=$(PGUSER=disparalead_queue "$build/local-queue" \
		--print-credentials) || bail 'no credentials'
	token=$(echo "$credentials" | sed -n 's/^QSTASH_TOKEN=//p')
	current_key=$(echo "$credentials" |
		sed -n 's/^QSTASH_CURRENT_SIGNING_KEY=//p')
}

# ask [curl option...]: sets $status and $answer.
ask() {
	status=$(curl -sg -m 20 -o "$dir/answer" -w '%{http_code}' \
		--path-as-is "$@")
	answer=$(cat "$dir/answer")
}

api() {
	local method=$1 route=$2
	shift 2
	ask -X "$method" -H "Authorization: Bearer $token" "$@" "$queue$route"
}

publish() {
	local path=$1
	shift
	api POST "/v2/publish/$to$path" "$@"
	id=$(echo "$answer" | jq -r .messageId 2>/dev/null)
}

count_deliveries() {
	jq -c --arg path "$1" 'select(.path == $path)' \
		"$dir/destination/log" | wc -l
}

has_deliveries() {
	[ "$(count_deliveries "$2")" -ge "$1" ]
}

wait_deliveries() {
	wait_for "${3:-10}" has_deliveries "$1" "$2"
}

delivery() {
	jq -c --arg path "$1" 'select(.path == $path)' \
		"$dir/destination/log" | sed -n "$2p" | jq -r "$3"
}

# gap PATH N: milliseconds between the N-th request's begin and the next's.
gap() {
	echo $(($(delivery "$1" $(($2 + 1)) .at_ms) - $(delivery "$1" "$2" .at_ms)))
}

# between LOW VALUE HIGH NAME
between() {
	[ "$1" -le "$2" ] && [ "$2" -le "$3" ]
	ok $? "$4 ($1 <= $2 <= $3)"
}
