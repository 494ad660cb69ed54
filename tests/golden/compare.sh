#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# compare.sh FILE COMMAND…: fails when the JSON that the command prints is not that of the golden file.
# With ZIARA_TEST_GOLDEN_WRITE=1 the file is written anew instead: read the difference before committing it.
set -euo pipefail
file=$1
shift
if [[ ${ZIARA_TEST_GOLDEN_WRITE:-} == 1 ]]; then
	"$@" | python3 -m json.tool --no-ensure-ascii >"$file"
	exit 0
fi
"$@" | python3 -m json.tool --no-ensure-ascii | diff -u "$file" -
