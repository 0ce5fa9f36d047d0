#!/bin/bash
# SPDX-License-Identifier: MIT
# life.sh: the package's life on a machine, from its installation to its purge.
# Runs as root inside the chroot that tests/package/run makes, in namespaces of
# its own; /test holds what it needs. A line "ok" or "not ok" for each thing
# that it looked at, "end of life" at the end.
set -u
cd /
conf=/etc/disparalead/disparalead.conf
local=/etc/disparalead/local.conf
key=test-global-key
instances='loja-sp-01 loja-sp-02 loja-rj-01'
programs=

ok() { # STATUS NAME
	if [ "$1" -eq 0 ]; then echo "ok - $2"; else echo "not ok - $2"; fi
}

is() { # GOT WANTED NAME
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || printf '#  got: %s\n# want: %s\n' "$1" "$2"
}

# must STATUS NAME: without it nothing else makes sense.
must() {
	ok "$1" "$2"
	[ "$1" -eq 0 ] && return
	tail -n 40 /test/*.log /test/state/*.log 2>/dev/null | sed 's/^/# /'
	exit 1
}

wait_for() { # SECONDS COMMAND...
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.2
	done
}

query() {
	setpriv --reuid=postgres --regid=postgres --init-groups \
		psql -qXAt -d disparalead -c "$1"
}

apt() {
	apt-get -q -y -o Dpkg::Use-Pty=0 "$@" >>/test/apt.log 2>&1 </dev/null
}

# Every path of the machine, but for what package management, logs and the
# database keep, and what this test brought.
list_files() {
	find / -xdev \( -path /test -o -path /proc -o -path /dev -o -path /tmp \
		-o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache \
		-o -path /var/log -o -path /var/lib/postgresql \
		-o -path /var/lib/nginx \) -prune -o -print | sort
	find /run -mindepth 1 -path '/run/disparalead*'
	cut -d: -f1 /etc/passwd /etc/group
}

#---------------------------------------------------------------- installing

install_previous() {
	apt install --no-install-recommends /test/previous.deb
	must $? 'it is installed'
	programs=$(ls /usr/libexec/disparalead)
	is "$(stat -c '%a %U:%G' $conf)" '640 root:disparalead' \
		'its settings are for the programs alone'
	is "$(stat -c '%a %U:%G' /run/disparalead)" '755 root:root' \
		'the directory of its sockets is there'
	is "$(ls /etc/nginx/sites-enabled)" default 'its site is not enabled'
	is "$(pgrep -u disparalead -c)" 0 'nothing was started'
	man_pages=$(dpkg -L disparalead | grep -c '/man/man[158]/.*gz$')
	[ "$man_pages" -ge 7 ]
	ok $? "$man_pages manual pages"
}

# Completion offers what the program's own help tells.
complete_word() { # WORD...
	COMP_WORDS=(disparalead "$@")
	COMP_CWORD=$#
	_disparalead
	echo "${COMPREPLY[*]}"
}

check_completion() {
	# shellcheck disable=SC1091
	. /usr/share/bash-completion/completions/disparalead
	is "$(complete_word migr)" migrate 'bash completes commands'
	is "$(complete_word migrate --ro)" --roles 'and their options'
}

#------------------------------------------------------------------ setting up

start_postgres() {
	pg_ctlcluster 15 main start &&
		wait_for 30 setpriv --reuid=postgres --regid=postgres \
			--init-groups psql -qXAt -c 'SELECT 1'
}

start_simulator() {
	/test/evolution-simulator --listen 127.0.0.1:9090 --key $key \
		--instances "${instances// /,}" --journal /test/journal \
		>/test/simulator.log 2>&1 </dev/null &
	wait_for 10 curl -sf -H "apikey: $key" \
		http://127.0.0.1:9090/instance/fetchInstances
}

set_up() {
	EVOLUTION_API_URL=http://127.0.0.1:9090 EVOLUTION_API_KEY=$key \
		disparalead setup >/test/setup.log 2>&1
	must $? 'disparalead setup'
	grep -q 'systemctl enable --now' /test/setup.log
	ok $? 'prints the commands where systemd is absent'
	is "$(stat -c '%a %U:%G' $local)" '640 root:disparalead' \
		'what it wrote is for the programs alone'
	disparalead setup >/test/setup-again.log 2>&1
	ok $? 'and may be repeated'
	site=$(sed -n 's/^PUBLIC_URL=//p' $local | tr -d '"')
}

# hold PROGRAM: as its socket unit does, nginx's own.
declare -A holders
hold() {
	local unit=disparalead-$1.socket socket
	socket=$(/test/units.sh value "$unit" ListenStream)
	/test/units.sh hold "$1" </dev/null >/dev/null 2>&1 &
	holders[$1]=$!
	wait_for 10 test -S "$socket"
	chown "$(/test/units.sh value "$unit" SocketUser)" "$socket"
}

start_all() {
	local name
	nginx -t -q && nginx
	must $? 'nginx takes the site'
	for name in $programs; do
		hold "$name"
	done
	while sleep 1; do
		/test/units.sh run disparalead-sweep.service
	done >/test/sweep.log 2>&1 &
	sweeper=$!
	wait_for 30 curl -sf "$site/readyz"
	must $? "the programs answer ($(echo "$programs" | wc -l) of them)"
	is "$(ps -o user= -p "$(cat \
		/test/state/disparalead-launch-campaign.pid)")" \
		disparalead 'as their own user'
	setpriv --reuid=nobody --regid=nogroup --clear-groups curl -s \
		--unix-socket /run/disparalead/launch-campaign.sock http://x/
	is $? 7 'and nobody but nginx may reach their sockets'
}

administrate() {
	/test/units.sh set disparalead_admin disparalead "$@"
}

add_people() {
	local name tenant
	tenant=$(administrate tenant add Loja) || return 1
	for name in $instances; do
		administrate instance add "$name" --tenant "$tenant" \
			--token "$name-token" >/dev/null || return 1
	done
	token=$(administrate token --user "$(cat \
		/proc/sys/kernel/random/uuid)" --tenant "$tenant")
}

#--------------------------------------------------------------------- sending

# send NAME: a campaign of the sample list, with a text of its own; its id in
# $campaign.
send() {
	local options=() name
	for name in $instances; do
		options+=(--instance "$name")
	done
	campaign=$(DISPARALEAD_TOKEN=$token DISPARALEAD_API_URL=$site \
		disparalead launch /test/contatos.csv --name "$1" \
		--template "$1: olá {nome|amigo}!" --delay-min 0 --delay-max 0 \
		"${options[@]}" --json | jq -re .campaign_id)
}

has_ended() {
	query "SELECT status FROM campaigns_dispara_lead_saas_02
		WHERE id = '$campaign'" | grep -qx completed
}

# account NAME: the campaign's rows, what went out, the ledger.
account() {
	local sent
	wait_for 180 has_ended
	must $? "$1: the campaign ends"
	is "$(query "SELECT count(*) FROM disparalead.ledger_differences(
		'$campaign')")" 0 "$1: its counters equal its rows"
	sent=$(query "SELECT sum(sent_count)
		FROM campaigns_dispara_lead_saas_02")
	is "$(curl -s http://127.0.0.1:9090/_control/sent |
		jq -c '[.really_sent, .duplicates_sent]')" "[$sent,0]" \
		"$1: $sent messages in all went out, none twice"
}

#------------------------------------------------------------------- upgrading

# Requests one after the other until /test/enough is there: a launch for
# tomorrow, then a look at a campaign. Their statuses go to /test/codes.
load() {
	local n=0 tomorrow
	tomorrow=$(date -u -d tomorrow +%Y-%m-%dT%H:%M:%SZ)
	until [ -e /test/enough ]; do
		n=$((n + 1))
		curl -s -m 300 -o /dev/null -w 'launch %{http_code}\n' \
			-H "Authorization: Bearer $token" \
			-H 'Content-Type: application/json' \
			-H "Idempotency-Key: load-$n" -d '{
			"campaignName": "Carga", "scheduledFor": "'"$tomorrow"'",
			"instances": ["loja-sp-01"], "tempoMin": 0, "tempoMax": 0,
			"contatos": [{"nome": "Ana", "telefone": "5511987654321"}],
			"templates": [{"type": "texto", "text": "Oi {nome}"}]}' \
			"$site/launch"
		curl -s -m 300 -o /dev/null -w 'status %{http_code}\n' \
			-H "Authorization: Bearer $token" \
			"$site/status?campaign_id=$campaign"
	done >/test/codes
}

# Not of the file that the upgrade took away.
runs_new_file() {
	local pid
	pid=$(cat "/test/state/disparalead-$1.pid") &&
		[ "$(readlink "/proc/$pid/exe")" = "/usr/libexec/disparalead/$1" ]
}

upgrade() {
	local name loader launched
	# Whoever changed a file keeps it; whoever did not gets the new one.
	echo '# Changed by the administrator.' \
		>>/etc/nginx/sites-available/disparalead
	send 'Durante a atualização'
	must $? 'a campaign is under way'
	load &
	loader=$!
	wait_for 30 test -s /test/codes
	# The scripts believe in a systemd, and its answer is units.sh. (dpkg
	# looks for programs in /usr/bin, not in /usr/local.)
	mkdir -p /run/systemd/system
	ln -s /test/units.sh /usr/bin/systemctl
	apt -o Dpkg::Options::=--force-confold install \
		--no-install-recommends /test/new.deb
	must $? 'it is upgraded while all of it runs'
	for name in $programs; do
		wait_for 30 runs_new_file "$name"
		ok $? "$name was restarted, and is the new one"
	done
	sleep 1
	touch /test/enough
	wait "$loader"
	rm -r /run/systemd /usr/bin/systemctl
	is "$(grep -vcx 'launch 201\|status 200' /test/codes)" 0 \
		"of $(wc -l </test/codes) requests meanwhile none failed"
	launched=$(query "SELECT count(*) FROM campaigns_dispara_lead_saas_02
		WHERE name = 'Carga'")
	is "$launched" "$(grep -c launch /test/codes)" 'each launch is stored once'
	account 'upgrade'
	is "$(tail -n 1 $conf | grep -c previous)" 0 'the conffile is the new one'
	is "$(tail -n 1 /etc/nginx/sites-available/disparalead)" \
		'# Changed by the administrator.' 'what the administrator changed stays'
	is "$(stat -c '%a %U:%G' $conf $local | sort -u)" \
		'640 root:disparalead' 'and so do the modes'
}

#-------------------------------------------------------------------- removing

remove() {
	local name
	kill "$sweeper"
	for name in $programs; do
		kill "${holders[$name]}"
		wait "${holders[$name]}"
	done
	nginx -s quit
	apt remove disparalead
	must $? 'it is removed'
	[ ! -e /usr/libexec/disparalead ] && [ -e $conf ] && [ -e $local ]
	ok $? 'the settings stay'
	nginx -t -q
	ok $? 'and nginx still understands its own'
	apt purge disparalead
	must $? 'it is purged'
	nginx -t -q
	ok $? 'nginx understands its own after that, too'
	is "$(list_files | diff /test/before -)" '' 'nothing is left behind'
	is "$(grep -l disparalead -r /etc --exclude='*-')" '' \
		'not even its name'
	is "$(query "SELECT count(*) > 1 FROM campaigns_dispara_lead_saas_02")" \
		t 'but the database'
}

list_files >/test/before
install_previous
check_completion
start_postgres
must $? 'PostgreSQL'
start_simulator
must $? 'the simulator of Evolution API'
set_up
start_all
add_people
must $? 'a company with its numbers'
send 'Primeira'
must $? 'a campaign is launched'
account 'first'
upgrade
remove
echo 'end of life'
