# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Processes remembered in files, for scripts to source.  An id alone may belong to somebody else
# by now: the file keeps the start time too, and only a process with both is ours.
#
#   process_remember FILE PID    writes FILE
#   process_alive FILE           prints the id when the process still runs
#   process_stop FILE SECONDS [SIGNAL…]
#                                sends each signal (TERM) in turn to the process, waits SECONDS
#                                after each, kills its group when all were in vain, removes FILE

_process_started() { # start time of process $1 in clock ticks since boot; fails for none and zombies
	local stat='' fields
	{ IFS= read -r -d '' stat <"/proc/$1/stat" || [[ -n $stat ]]; } 2>/dev/null || return 1
	read -r -a fields <<<"${stat##*) }" # the name in parentheses may hold anything
	[[ ${fields[0]} != [ZX] ]] && printf '%s' "${fields[19]}"
}

process_remember() {
	local started
	started=$(_process_started "$2") || return 1
	printf '%s %s\n' "$2" "$started" >"$1.new" && mv "$1.new" "$1"
}

process_alive() {
	local pid started
	[[ -r $1 ]] && read -r pid started <"$1" && [[ $pid =~ ^[0-9]+$ ]] || return 1
	[[ $(_process_started "$pid") == "$started" ]] || return 1
	printf '%s\n' "$pid"
}

_process_gone() { # waits until the process of file $1 is gone, at most $2 seconds
	local end=$((SECONDS + $2 + 1))
	while process_alive "$1" >/dev/null; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

process_stop() {
	local file=$1 seconds=$2 signal pid
	shift 2
	for signal in "${@:-TERM}"; do
		pid=$(process_alive "$file") || break
		kill -s "$signal" "$pid" 2>/dev/null || true
		_process_gone "$file" "$seconds" && break
	done
	if pid=$(process_alive "$file"); then
		printf 'process %s does not stop, killing it\n' "$pid" >&2
		kill -s KILL -- "-$pid" 2>/dev/null || kill -s KILL "$pid" 2>/dev/null || true
		_process_gone "$file" 5 || return 1
	fi
	rm -f "$file"
}
