# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Loads sql/demo through the API, for scripts/run (see stack.sh for the variables).
#
# A file holds {"type": "visits", "id": "<uuid>", "body": {…}}; files go in the order of their names.

_demo_sum() { # of names and contents
	(cd "$ROOT/sql/demo" && sha256sum -- *.json | sha256sum)
}

# One record; prints new, old or a sentence about the failure, which it then returns.
_demo_put() {
	local file=$1 type id code answer=$STATE/log/demo-answer.json
	IFS=$'\t' read -r type id < <(jq -er '[.type, .id] | @tsv' "$file") && [[ -n $type && -n $id ]] || {
		printf '%s is no demo record: it needs "type" and "id"' "$file"
		return 1
	}
	: >"$answer"
	code=$(jq -c .body "$file" | stack_curl -X PUT -H 'Content-Type: application/json' -H 'If-None-Match: *' \
		--data-binary @- -o "$answer" -w '%{http_code}' "$BASE/$type/$id") || code=000
	case $code in
		201) printf new ;;
		412) printf old ;;
		*)
			printf 'PUT %s/%s of %s: %s %s' "$type" "$id" "${file##*/}" "$code" \
				"$(jq -r '[.detail, (.errors[]? | "\(.pointer // .parameter // "") \(.detail)")] | map(select(.)) | join("; ")' \
					"$answer" 2>/dev/null || head -c 500 "$answer")"
			return 1
			;;
	esac
}

# Prints how many records there are and how many were new.
demo_load() {
	# Beside the data it speaks of: whoever removes that removes the stamp too.
	local stamp=$STATE/mariadb/data/ziara-demo.sha256 sum file result total=0 new=0
	compgen -G "$ROOT/sql/demo/*.json" >/dev/null || {
		DEMO_NOTE='no records in sql/demo'
		return 0
	}
	sum=$(_demo_sum)
	if [[ -r $stamp && $(<"$stamp") == "$sum" ]]; then
		DEMO_NOTE='loaded earlier'
		return 0
	fi
	for file in "$ROOT"/sql/demo/*.json; do
		result=$(_demo_put "$file") || step_fail "$result" "$STATE/log/ziara.log"
		total=$((total + 1))
		[[ $result == new ]] && new=$((new + 1))
		[[ -t 1 ]] && printf '\r      %d \033[K' "$total"
	done
	[[ -t 1 ]] && printf '\r\033[K'
	printf '%s\n' "$sum" >"$stamp" || step_fail "cannot write $stamp"
	# shellcheck disable=SC2034
	DEMO_NOTE="$total records, $new of them new"
}
