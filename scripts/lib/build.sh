# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Builds by CMake preset, for scripts to source; one at a time in a tree.
#
#   build_preset ROOT PRESET LOG [TARGET…]   configures when needed, builds

_build_progress() { # on a terminal one line that counts; elsewhere the log must do
	if [[ -t 1 ]]; then
		awk '/^\[[0-9]+\/[0-9]+\]/ { printf "\r      %s \033[K", $1; fflush() } END { printf "\r\033[K" }'
	else
		cat >/dev/null
	fi
}

build_preset() {
	local root=$1 preset=$2 log=$3 home=''
	shift 3
	local cache=$root/build/$preset/CMakeCache.txt fresh=()
	mkdir -p "$root/build" || return 1
	(
		set -o pipefail
		cd "$root" && flock 7 || exit 1
		[[ -r $cache ]] && home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
		# A tree that was copied brings the paths of the old place with it.
		[[ -n $home && $home != "$root" ]] && fresh=(--fresh)
		: >"$log"
		if [[ ${#fresh[@]} -gt 0 || ! -e build/$preset/build.ninja ]]; then
			cmake "${fresh[@]}" --preset "$preset" >>"$log" 2>&1 || exit 1
		fi
		cmake --build --preset "$preset" ${1:+--target "$@"} 2>&1 | tee -a "$log" | _build_progress
	) 7>"$root/build/.lock"
}
