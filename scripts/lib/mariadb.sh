# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A private MariaDB server in a directory of its own, for scripts to source.  It listens on a
# socket only, reads no system-wide configuration and runs as the invoking user.
#
#   mariadb_start DIR [server options…]   start it, made first when DIR/data is missing
#   mariadb_accounts DIR DBNAME           schema and accounts; DIR/migrate.cnf and DIR/app.cnf
#   mariadb_admin DIR [client options…]   a client as administrator, SQL on stdin
#   mariadb_stop DIR                      stop it, and no other
#
# Each returns non-zero with a sentence on stderr when it fails.  Settings from the environment:
# MARIADB_BUFFER_POOL (128M), MARIADB_WAIT_S (20).

_mariadb_say() { printf 'mariadb: %s\n' "$*" >&2; }

_mariadb_program() { # Debian keeps the server where ordinary users' PATH does not look
	PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$1" || {
		_mariadb_say "$1 is not installed (package mariadb-server)"
		return 1
	}
}

_mariadb_pid() { # prints the process id of the server of directory $1, if it runs
	local pid
	[[ -r $1/mariadb.pid ]] && read -r pid <"$1/mariadb.pid" && [[ $pid =~ ^[0-9]+$ ]] || return 1
	# A pid file outlives a crash, and ids are used again: only a server on our data is ours.
	[[ " $(ps -ww -o args= -p "$pid" 2>/dev/null) " == *" --datadir=$1/data "* ]] || return 1
	printf '%s\n' "$pid"
}

mariadb_admin() {
	local dir
	dir=$(realpath -- "$1") || return 1
	shift
	mariadb --no-defaults --socket="$dir/mariadb.sock" --user="$(id -un)" --batch --skip-column-names "$@"
}

_mariadb_answers() { mariadb_admin "$1" --connect-timeout=2 -e 'SELECT 1' >/dev/null 2>&1; }

_mariadb_as_root() { # the server refuses to run as root unless told so
	[[ $(id -u) -eq 0 ]] && printf '%s\n' '--user=root'
	return 0
}

_mariadb_init() {
	local dir=$1 install
	install=$(_mariadb_program mariadb-install-db) || return 1
	rm -rf "$dir/data.new"
	# shellcheck disable=SC2046
	"$install" --no-defaults $(_mariadb_as_root) --datadir="$dir/data.new" \
		--auth-root-authentication-method=socket --auth-root-socket-user="$(id -un)" \
		--skip-test-db --skip-name-resolve \
		--innodb-log-file-size=16M --innodb-flush-log-at-trx-commit=0 \
		>"$dir/mariadb-install.log" 2>&1 </dev/null || {
		_mariadb_say "the data directory $dir/data cannot be made:"
		tail -n 20 "$dir/mariadb-install.log" >&2
		return 1
	}
	# Renamed last, so an interrupted run never leaves half a data directory behind.
	mv "$dir/data.new" "$dir/data"
}

_mariadb_wait() { # waits until the server $2 of directory $1 answers
	local dir=$1 child=$2 end=$((SECONDS + ${MARIADB_WAIT_S:-20}))
	while ((SECONDS < end)); do
		[[ -S $dir/mariadb.sock ]] && _mariadb_answers "$dir" && return 0
		kill -0 "$child" 2>/dev/null || break
		sleep 0.05
	done
	if kill -0 "$child" 2>/dev/null; then
		_mariadb_say "no answer on $dir/mariadb.sock within ${MARIADB_WAIT_S:-20} s; end of $dir/mariadb.log:"
	else
		_mariadb_say "the server ended at once; end of $dir/mariadb.log:"
	fi
	tail -n 20 "$dir/mariadb.log" >&2
	kill "$child" 2>/dev/null
	return 1
}

_mariadb_launch() {
	local dir=$1 server child
	shift
	server=$(_mariadb_program mariadbd) || return 1
	# apart: Ctrl-C in the caller's terminal must not take the server down before the caller
	# has drained its work.  9>&-: the server must not keep the lock of mariadb_start.
	# shellcheck disable=SC2046
	"${SERVER_APART:-setsid}" "$server" --no-defaults $(_mariadb_as_root) \
		--datadir="$dir/data" --socket="$dir/mariadb.sock" --pid-file="$dir/mariadb.pid" \
		--log-error="$dir/mariadb.log" --tmpdir="$dir/tmp" --skip-networking --skip-name-resolve \
		--character-set-server=utf8mb4 --collation-server=utf8mb4_uca1400_ai_ci \
		--innodb-flush-log-at-trx-commit=1 --innodb-log-file-size=64M \
		--innodb-buffer-pool-size="${MARIADB_BUFFER_POOL:-128M}" --innodb-adaptive-hash-index=ON --performance-schema=OFF \
		--loose-innodb-buffer-pool-dump-at-shutdown=OFF --loose-innodb-buffer-pool-load-at-startup=OFF \
		"$@" >/dev/null 2>&1 </dev/null 9>&- &
	child=$!
	disown "$child"
	_mariadb_wait "$dir" "$child"
}

mariadb_start() {
	local dir
	mkdir -p -- "$1" && dir=$(realpath -- "$1") || return 1
	shift
	if ((${#dir} > 90)); then
		_mariadb_say "$dir is too long a path for a socket; choose a shorter one"
		return 1
	fi
	if [[ $dir == *[[:space:]]* ]]; then
		_mariadb_say "$dir contains a space; choose another directory"
		return 1
	fi
	mkdir -p "$dir/tmp" || return 1
	(
		# Two starts of one directory at once: the second waits and finds it running.
		flock -w 60 9 || { _mariadb_say "another start of $dir does not end"; exit 1; }
		_mariadb_pid "$dir" >/dev/null && _mariadb_answers "$dir" && exit 0
		[[ -d $dir/data ]] || _mariadb_init "$dir" || exit 1
		_mariadb_launch "$dir" "$@"
	) 9>"$dir/mariadb.lock"
}

_mariadb_password() { # the password in option file $1, or a new one
	local old
	old=$(sed -n 's/^password *= *\([0-9a-f]\{32,\}\)$/\1/p' "$1" 2>/dev/null)
	if [[ -n $old ]]; then
		printf '%s' "$old"
	else
		od -An -v -N24 -tx1 /dev/urandom | tr -d ' \n'
	fi
}

_mariadb_option_file() { # file, socket, user, password
	local new
	new=$(mktemp --tmpdir="$(dirname -- "$1")") || return 1 # beside it, and mktemp makes it 0600
	printf '[client]\nsocket = %s\nuser = %s\npassword = %s\n' "$2" "$3" "$4" >"$new" && mv "$new" "$1"
}

mariadb_accounts() {
	local dir db=$2 schema migrate app
	dir=$(realpath -- "$1") || return 1
	if [[ ! $db =~ ^[A-Za-z0-9_]{1,64}$ ]]; then
		_mariadb_say "'$db' is no schema name: letters, digits and _ only"
		return 1
	fi
	schema=${db//_/\\_} # in GRANT an underscore stands for any character
	migrate=$(_mariadb_password "$dir/migrate.cnf") && app=$(_mariadb_password "$dir/app.cnf") || return 1
	mariadb_admin "$dir" <<-SQL || { _mariadb_say "the accounts for $db cannot be made"; return 1; }
		CREATE DATABASE IF NOT EXISTS \`$db\` CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;
		CREATE USER IF NOT EXISTS ziara_migrate@localhost, ziara_app@localhost;
		ALTER USER ziara_migrate@localhost IDENTIFIED BY '$migrate', ziara_app@localhost IDENTIFIED BY '$app';
		GRANT ALL PRIVILEGES ON \`$schema\`.* TO ziara_migrate@localhost;
		GRANT SELECT, INSERT, UPDATE, DELETE ON \`$schema\`.* TO ziara_app@localhost;
	SQL
	_mariadb_option_file "$dir/migrate.cnf" "$dir/mariadb.sock" ziara_migrate "$migrate" &&
		_mariadb_option_file "$dir/app.cnf" "$dir/mariadb.sock" ziara_app "$app"
}

mariadb_stop() {
	local dir pid end
	dir=$(realpath -- "$1") || return 1
	pid=$(_mariadb_pid "$dir") || return 0
	kill -TERM "$pid" 2>/dev/null
	end=$((SECONDS + 60))
	while _mariadb_pid "$dir" >/dev/null; do
		if ((SECONDS >= end)); then
			_mariadb_say "process $pid does not stop; see $dir/mariadb.log"
			return 1
		fi
		sleep 0.05
	done
}
