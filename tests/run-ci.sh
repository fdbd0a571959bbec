#!/usr/bin/env bash
# Runs the [ci] tier: first what needs no cloud, then the given live tests, in that order, on the cloud
# named `test`, so that a cloud raised by `make up` is left alone. Whatever happens, that cloud is removed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export SOCLE_CLOUD=test
pytest=(.venv/bin/python -m pytest -q)

remove_cloud() { .venv/bin/socle local down --cloud "$SOCLE_CLOUD" >/dev/null 2>&1; }
trap 'remove_cloud; exit 130' INT TERM HUP

"${pytest[@]}" tests/unit tests/toolchain || exit $?
remove_cloud
eval "$(.venv/bin/socle env --cloud "$SOCLE_CLOUD" --shell)"
"${pytest[@]}" -x -s --durations=15 "$@"
verdict=$?
remove_cloud
exit "$verdict"
