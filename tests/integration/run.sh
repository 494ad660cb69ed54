#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the tests labelled "integration" of a build directory against a private server:
#   tests/integration/run.sh BUILD_DIR [ctest options…]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../scripts/lib/mariadb.sh
. "$here/../../scripts/lib/mariadb.sh"

if [[ $# -lt 1 || ! -d $1 ]]; then
	echo "usage: $0 BUILD_DIR [ctest options…]" >&2
	exit 2
fi
build=$1
shift
dir=$(mktemp -d --suffix=.ziara-integration)
# shellcheck disable=SC2317
finish() {
	mariadb_stop "$dir" && rm -rf "$dir"
}
trap finish EXIT
mariadb_start "$dir"
mariadb_accounts "$dir" ziara_test
export ZIARA_TEST_DB_OPTION_FILE=$dir/migrate.cnf ZIARA_TEST_DB_APP_OPTION_FILE=$dir/app.cnf ZIARA_TEST_DB_NAME=ziara_test
ctest --test-dir "$build" --label-regex '^integration$' --output-on-failure "$@"
