# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The parts of one private instance in a folder STATE: MariaDB, the application, nginx.  For
# scripts/run, which has sourced steps.sh, process.sh and mariadb.sh and set ROOT, STATE, PORT,
# BINARY, and STACK_KEYS: the file of keys, mode 0600, beside the data they belong to.

NGINX_PROGRAM=$(PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v nginx || true)
WAIT_READY_S=30

stack_folders() {
	mkdir -p "$STATE"/{mariadb,log,run/nginx} && chmod 700 "$STATE/run"
}

stack_database() {
	mariadb_start "$STATE/mariadb" 2>"$STATE/log/database.log" 8>&- || step_fail "MariaDB does not start" "$STATE/log/database.log"
	mariadb_accounts "$STATE/mariadb" ziara 2>"$STATE/log/database.log" ||
		step_fail "the database accounts cannot be made" "$STATE/log/database.log"
	process_remember "$STATE/run/mariadb.proc" "$(<"$STATE/mariadb/mariadb.pid")" ||
		step_fail "MariaDB ended at once" "$STATE/mariadb/mariadb.log"
}

# This instance's settings; what the caller set in ZIARA_… wins where that can make sense.
_stack_env() { # the account: migrate or app
	STACK_ENV=(
		ZIARA_DB_NAME=ziara "ZIARA_DB_OPTION_FILE=$STATE/mariadb/$1.cnf" "ZIARA_SOCKET=$STATE/run/ziara.sock"
		"ZIARA_PUBLIC_URL=${ZIARA_PUBLIC_URL:-http://127.0.0.1:$PORT}"
	)
}

stack_migrate() {
	_stack_env migrate
	env "${STACK_ENV[@]}" "$BINARY" migrate >"$STATE/log/migrate.log" 2>&1 8>&- ||
		step_fail "the schema cannot be brought up to date" "$STATE/log/migrate.log"
}

stack_application() {
	_stack_env app
	# apart: Ctrl-C in the terminal is for the script, which then ends things in order.
	env "${STACK_ENV[@]}" "${SERVER_APART:-setsid}" "$BINARY" serve >>"$STATE/log/ziara.log" 2>&1 </dev/null 8>&- &
	_stack_began ziara $! "the application" "$STATE/log/ziara.log"
}

_stack_began() { # name, process id, what it is, its log
	process_remember "$STATE/run/$1.proc" "$2" || step_fail "$3 ended at once" "$4"
}

# The shipped files with the lines marked CHANGE filled in.
_stack_nginx_files() {
	local text user=''
	# A root shell's folders are often closed to nginx's own account.
	[[ $(id -u) -eq 0 ]] && user='user root;'
	mkdir -p "$STATE/run/nginx" || return 1
	text=$(<"$ROOT/nginx/ziara.conf")
	text=${text//"/run/ziara/ziara.sock"/"$STATE/run/ziara.sock"}
	text=${text//"/var/lib/nginx/ziara"/"$STATE/run/nginx/cache"}
	printf '%s\n' "$text" >"$STATE/run/nginx/ziara.conf" || return 1
	text=$(<"$ROOT/nginx/ziara-demo.conf.in")
	text=${text//@USER@/"$user"}
	text=${text//@STATE@/"$STATE"}
	text=${text//@FILES@/"$ROOT/nginx"}
	text=${text//@PORT@/"$PORT"}
	printf '%s\n' "$text" >"$STATE/run/nginx/nginx.conf"
}

stack_nginx() {
	local log=$STATE/log/nginx.log
	[[ -n $NGINX_PROGRAM ]] || step_fail "nginx is not installed"
	_stack_nginx_files || step_fail "the configuration of nginx cannot be written to $STATE/run/nginx"
	"${SERVER_APART:-setsid}" "$NGINX_PROGRAM" -e "$log" -c "$STATE/run/nginx/nginx.conf" >>"$log" 2>&1 </dev/null 8>&- &
	_stack_began nginx $! nginx "$log"
}

stack_curl() { # curl without the user's own settings and proxies
	curl -q --noproxy '*' -sS --max-time 30 "$@"
}

stack_wait_ready() {
	local end=$((SECONDS + WAIT_READY_S)) answer=$STATE/log/ready.log code=000
	while ((SECONDS < end)); do
		code=$(stack_curl -o "$answer" -w '%{http_code}' "$BASE/health/ready" 2>/dev/null) || true
		[[ $code == 200 ]] && return 0
		process_alive "$STATE/run/nginx.proc" >/dev/null || step_fail "nginx ended" "$STATE/log/nginx.log"
		process_alive "$STATE/run/ziara.proc" >/dev/null || step_fail "the application ended" "$STATE/log/ziara.log"
		sleep 0.05
	done
	[[ $code == 000 ]] || step_fail "$BASE/health/ready still answers $code after $WAIT_READY_S s: $(<"$answer")" "$STATE/log/ziara.log"
	step_fail "no answer from $BASE/health/ready within $WAIT_READY_S s" "$STATE/log/nginx.log"
}

STACK_ROLES=(reader editor admin)

_stack_key_works() { # a key; it stands in no argument
	[[ $(stack_curl -o /dev/null -w '%{http_code}' -H @- "$BASE/keys/self" <<<"Authorization: Bearer $1") == 200 ]]
}

# One key a role in STACK_KEYS, "role: zk_…" a line: those of an earlier start where they still work.
stack_keys() {
	local role key new=$STACK_KEYS.new
	_stack_env app
	(umask 077 && : >"$new") || step_fail "$new cannot be written"
	for role in "${STACK_ROLES[@]}"; do
		key=$(sed -n "s/^$role: \(zk_.*\)$/\1/p" "$STACK_KEYS" 2>/dev/null) || true
		if [[ -z $key ]] || ! _stack_key_works "$key"; then
			key=$(env "${STACK_ENV[@]}" "$BINARY" key add --name "demo $role" --role "$role" 2>"$STATE/log/keys.log" 8>&-) ||
				step_fail "the key of the role $role cannot be made" "$STATE/log/keys.log"
		fi
		printf '%s: %s\n' "$role" "$key" >>"$new"
	done
	mv "$new" "$STACK_KEYS"
}

# Says what is no longer running; nothing when all is well.
stack_dead() {
	local name
	for name in nginx ziara mariadb; do
		process_alive "$STATE/run/$name.proc" >/dev/null || printf '%s\n' "$name"
	done
}

stack_stop() {
	local ok=0
	process_stop "$STATE/run/nginx.proc" 3 QUIT TERM || ok=1
	process_stop "$STATE/run/ziara.proc" 20 TERM || ok=1
	[[ -d $STATE/mariadb ]] && { mariadb_stop "$STATE/mariadb" || ok=1; }
	rm -f "$STATE/run/mariadb.proc" "$STATE/run/ziara.sock" "$STATE/run/address"
	return "$ok"
}
