# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the tests of control-campaign share. Sourced behind launch-lib.sh and
# campaigns.sh, after launch_setup: roles in the tenant, the program.

bruna=33333333-3333-4333-8333-333333333333
caio=44444444-4444-4444-8444-444444444444

control_setup() { # [VARIABLE=VALUE...]
	tenant=$acme
	add_member "$acme" $bruna member
	add_member "$acme" $caio admin
	start_program control-campaign "$@"
}

# control_as USER JSON [VARIABLE=VALUE...]: sets $status, $head and $answer.
control_as() {
	local user=$1
	printf '%s' "$2" >"$dir/body"
	shift 2
	fastcgi control-campaign POST /control "$dir/body" \
		"HTTP_AUTHORIZATION=Bearer $(token "$user")" "$@" \
		>"$dir/answer"
	status=$(status <"$dir/answer")
	head=$(sed '/^\r$/,$d' "$dir/answer" | tr -d '\r')
	answer=$(body <"$dir/answer")
}

# act ACTION CAMPAIGN [JSON]: as alice, its owner; JSON has further members.
act() {
	control_as $alice "$(jq -nc --arg action "$1" --arg id "$2" \
		"{campaign_id: \$id, action: \$action} + ${3:-{\}}")"
}

# journal CAMPAIGN EXPRESSION: of its last action.
journal() {
	q "SELECT $2 FROM public.campaign_journal_dispara_lead_saas_02
		WHERE campaign_id = '$1' ORDER BY id DESC LIMIT 1"
}

# generations CAMPAIGN: "generation count" of its rows, joined.
generations() {
	q "SELECT string_agg(generation || ' ' || n, ', ' ORDER BY generation)
		FROM (SELECT generation, count(*) AS n FROM $messages
			WHERE campaign_id = '$1' GROUP BY 1) s"
}

# labels: those that the queue was asked to cancel.
labels() {
	jq -r '.cancelled // empty' "$dir/queue.journal"
}

# published CAMPAIGN: how many messages of it the queue has taken so far.
published() {
	jq -c --arg id "$1" 'select((.body // "") | tostring |
		contains($id))' "$dir/queue.journal" | wc -l
}
