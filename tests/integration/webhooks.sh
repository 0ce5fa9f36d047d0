# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Webhooks as Evolution makes them, straight to evolution-events or from the
# simulator by way of nginx. Sourced behind lib.sh.

webhook_key=webhook-key-of-the-tests

# shellcheck disable=SC2120
# hook_token [KEY [SECONDS-AGO [APP]]]: as Evolution makes it.
hook_token() {
	local at=$(($(date +%s) - ${2:-0}))
	jwt '{"alg":"HS256","typ":"JWT"}' "{\"iat\":$at,\"exp\":$((at + 600)),\
\"app\":\"${3:-evolution}\",\"action\":\"webhook\"}" "${1:-$webhook_key}"
}

# post INSTANCE BODY [TOKEN]: the answer.
post() {
	local file
	file=$(mktemp "$dir/event.XXXXXX")
	printf %s "$2" >"$file"
	fastcgi evolution-events POST "/evolution-events/$1" "$file" \
		HTTP_AUTHORIZATION="Bearer ${3-$(hook_token)}" | tr -d '\r'
}
# posted INSTANCE BODY [TOKEN]: status and body of the answer.
posted() {
	local answer
	answer=$(post "$@")
	echo "$(status_of "$answer") $(printf '%s\n' "$answer" | sed -n '$p')"
}

# receipt INSTANCE KEY STATUS [JID]: as posted.
receipt() {
	posted "$1" "{\"event\":\"messages.update\",\"instance\":\"$1\",\
\"data\":{\"keyId\":\"$2\",\"remoteJid\":\"${4:-5511999990000@s.whatsapp.net}\",\
\"fromMe\":true,\"status\":\"$3\"}}"
}

# start_webhooks: nginx before evolution-events.
start_webhooks() {
	cat >"$dir/site.conf" <<NGINX
events { worker_connections 64; }
pid $dir/nginx.run;
http {
	access_log off;
	client_body_temp_path $dir/nginx;
	fastcgi_temp_path $dir/nginx;
	proxy_temp_path $dir/nginx;
	uwsgi_temp_path $dir/nginx;
	scgi_temp_path $dir/nginx;
	server {
		listen 127.0.0.1:@PORT@;
		location /evolution-events/ {
			include $top/nginx/disparalead-fastcgi.conf;
			fastcgi_pass unix:$dir/evolution-events.sock;
		}
	}
}
NGINX
	[ "$(id -u)" -ne 0 ] || sed -i "1i user $(id -un) $(id -gn);" "$dir/site.conf"
	start_nginx "$dir/site.conf"
}

# set_webhook INSTANCE [BY-EVENTS]: the simulator's events come to us.
set_webhook() {
	curl -sS -o /dev/null -H "apikey: $EVOLUTION_API_KEY" \
		-H 'Content-Type: application/json' -d "{\"webhook\":{
		\"enabled\":true,\"byEvents\":${2:-false},\"headers\":{
		\"jwt_key\":\"$webhook_key\"},\"events\":[],\"url\":
		\"http://127.0.0.1:$port/evolution-events/$1\"}}" \
		"$EVOLUTION_API_URL/webhook/set/$1"
}
