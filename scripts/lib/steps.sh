# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Numbered steps with their time, and failures that say where they happened; for scripts to source.
#
#   step_count N             how many steps there will be
#   step TEXT                begins the next one (and ends the one before)
#   step_done [NOTE]         ends it
#   step_fail WHY [LOG]      says which step failed, why, and shows the end of LOG; exits 1

_step_now=0 _step_of=0 _step_text='' _step_began=0
STEP_FAILED=0

step_count() { _step_of=$1; }

_step_ms() {
	local now=${EPOCHREALTIME/[.,]/}
	printf '%s' $((now / 1000))
}

step() {
	[[ -z $_step_text ]] || step_done
	_step_now=$((_step_now + 1))
	_step_text=$1
	_step_began=$(_step_ms)
	printf '[%d/%d] %s\n' "$_step_now" "$_step_of" "$1"
}

step_done() {
	local ms=$(($(_step_ms) - _step_began))
	printf '      %s in %d.%d s\n' "${1:-done}" $((ms / 1000)) $((ms % 1000 / 100))
	_step_text=''
}

step_fail() {
	STEP_FAILED=1
	printf '\nFAILED: %s\n  %s\n' "${_step_text:-start}" "$1" >&2
	if [[ -n ${2:-} ]]; then
		if [[ -s $2 ]]; then
			printf '  end of its log:\n' >&2
			tail -n 15 "$2" | sed 's/^/    /' >&2
		fi
		printf '  its log: %s\n' "$2" >&2
	fi
	exit 1
}
