# SPDX-License-Identifier: MIT
# What the tests of launch-campaign share: a tenant with instances, a queue
# that only takes, the program, a body to start from.
#
# After launch_setup [VARIABLE=VALUE...], on $database where it is set already:
# $alice and $eve are users, $acme and
# $zeta their tenants; loja-1 and loja-2 are Acme's instances, outra Zeta's.

alice=11111111-1111-4111-8111-111111111111
eve=22222222-2222-4222-8222-222222222222

launch_setup() {
	[ -n "${database:-}" ] || new_database
	acme=$(add_tenant Acme $alice | head -n 1)
	zeta=$(add_tenant Zeta $eve | head -n 1)
	add_instance "$acme" loja-1
	add_instance "$acme" loja-2
	add_instance "$zeta" outra
	: >"$dir/mode"
	"$build/tests/harness/queue-stub" "$dir/queue.port" \
		"$dir/queue.journal" "$dir/mode" &
	queue_pid=$!
	pids="$queue_pid $pids"
	wait_for 30 test -s "$dir/queue.port" || bail 'the queue stub'
	export PUBLIC_URL=https://api.example QSTASH_TOKEN=test-token
	export QSTASH_URL="http://127.0.0.1:$(cat "$dir/queue.port")"
	export CORS_ALLOWED_ORIGINS=https://app.example
	start_program launch-campaign "$@"
}

# mode WORD...: how the queue behaves from now on.
mode() {
	echo "$*" >"$dir/mode"
}

base='{"campaignName":"Black Friday","publicTarget":"Clientes SP",
"content":"Cupom","instances":["loja-1","loja-2"],"tempoMin":3,"tempoMax":8,
"usarIA":false,
"contatos":[
 {"telefone":"(11) 98765-4321","nome":"João","empresa":"Acme Ltda"},
 {"telefone":"11 98765-4322","nome":"Zé \"da\" Silva","empresa":"B\\C"},
 {"telefone":"+55 21 99999-1234","nome":"Ana","empresa":"C, D"}],
"templates":[
 {"type":"texto","text":"Olá {nome}, da {empresa}!"},
 {"type":"imagem","text":"Cupom","mediaUrl":"https://example.com/a.png"}]}'

# body FILTER: the base body, changed by it.
make() {
	jq -c "$1" <<<"$base"
}

# launch BODY [VARIABLE=VALUE...]: as alice; sets $status, $head and $answer.
launch() {
	printf '%s' "$1" >"$dir/body"
	shift
	launch_file "$dir/body" "$@"
}

launch_file() { # FILE [VARIABLE=VALUE...]
	local file=$1
	shift
	fastcgi launch-campaign POST /launch "$file" \
		"HTTP_AUTHORIZATION=Bearer $(token $alice)" "$@" >"$dir/answer"
	status=$(status <"$dir/answer")
	head=$(sed '/^\r$/,$d' "$dir/answer" | tr -d '\r')
	answer=$(body <"$dir/answer")
}

header() { # NAME: of the last answer
	sed -n "s/^$1: //Ip" <<<"$head"
}

get() { # FILTER: of the last answer
	jq -r "$1" <<<"$answer"
}

# What stands in the tables that a launch writes.
stored() {
	q 'SELECT (SELECT count(*) FROM public.campaigns_dispara_lead_saas_02),
	(SELECT count(*) FROM public.message_logs_dispara_lead_saas_02),
	(SELECT count(*) FROM public.campaign_templates_dispara_lead_saas_02),
	(SELECT count(*) FROM public.lanes_dispara_lead_saas_02)'
}

# rows CAMPAIGN: "status count" of its rows, joined.
rows() {
	q "SELECT string_agg(status || ' ' || n, ', ' ORDER BY status) FROM (
		SELECT status, count(*) AS n
		FROM public.message_logs_dispara_lead_saas_02
		WHERE campaign_id = '$1' GROUP BY status) s"
}

# campaign CAMPAIGN COLUMNS
campaign() {
	q "SELECT $2 FROM public.campaigns_dispara_lead_saas_02
		WHERE id = '$1'"
}

# The rows of the campaign of the last answer are what it says.
adds_up() { # NAME
	local id
	id=$(get .campaign_id)
	is "$(q "SELECT count(*), count(*) FILTER (WHERE status = 'suppressed'),
		count(*) FILTER (WHERE queued_at IS NOT NULL)
		FROM public.message_logs_dispara_lead_saas_02
		WHERE campaign_id = '$id'")" \
		"$(get '"\(.total_messages)|\(.suppressed)|\(.queued)"')" \
		"$1: the rows are what the answer says"
	is "$(campaign "$id" status)" "$(get .status)" "$1: and the status"
	is "$(q "SELECT * FROM disparalead.ledger_differences('$id')")" '' \
		"$1: the ledger adds up"
}
