# SPDX-License-Identifier: MIT
# What the tests of the command line over HTTP share: the command, and a
# scripted API.
cli=$build/disparalead
export DISPARALEAD_TOKEN=secret-token

# run ARGUMENT...: sets $out, $err and $status
run() {
	out=$("$cli" "$@" 2>"$dir/err")
	status=$?
	err=$(cat "$dir/err")
}

# serve NAME ANSWER...: a new server that gives one answer after the other;
# the last for ever.  An answer is "STATUS[ HEADER] BODY" in three arguments.
serve() {
	local k=1 name=$1
	shift
	start_stub "$name"
	api=$dir/$name
	while [ $# -gt 0 ]; do
		{
			echo "$1"
			[ -z "$2" ] || echo "$2"
			echo
			printf %s "$3"
		} >"$api/answer.$k"
		cp "$api/answer.$k" "$api/answer"
		k=$((k + 1))
		shift 3
	done
	export DISPARALEAD_API_URL=$stub_url/
}
sent() { # K: the body of a request
	sed '1,/^$/d' "$api/request.$1"
}
n_requests() {
	find "$api" -name 'request.*' | wc -l
}
header() { # K NAME
	sed -n "s/^$2: //Ip; /^\$/q" "$api/request.$1"
}

problem() { # CODE DETAIL
	printf '{"code":"%s","detail":"%s","request_id":"r1"}' "$1" "$2"
}
