#!/usr/bin/env bash
# Runs the [ci] tier: first what needs no cloud, then the given live tests, in that order, on the cloud
# named `test`, so that a cloud raised by `make up` is left alone. Whatever happens, that cloud is removed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export SOCLE_CLOUD=test
unset SOCLE_STACK  # of a shell that works on another size
pytest=(.venv/bin/python -m pytest -q)

state=${SOCLE_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/socle}

remove_cloud() { .venv/bin/socle local down --cloud "$SOCLE_CLOUD" >/dev/null 2>&1; }
# The cloud goes, what its services said stays: a failure must be understood by who was not there.
keep_logs() {
  rm -rf "$state/failed-logs"
  cp -r "$state/clouds/$SOCLE_CLOUD/log" "$state/failed-logs" 2>/dev/null || return 0
  echo "the cloud's logs are kept in $state/failed-logs; what they call errors:"
  grep -rhE ' (ERROR|CRITICAL) ' "$state/failed-logs" | cut -c1-300 | tail -n 20
}
trap 'remove_cloud; exit 130' INT TERM HUP

alone=tests/unit/faults/test_orphans.py  # looks at the whole machine, so nothing may run beside it
"${pytest[@]}" -n 2 --ignore="$alone" tests/unit || exit $?
"${pytest[@]}" "$alone" || exit $?
# tests/policies: 2 min, of which the own stacks planned and made 1 min.
# In the order named: the longest files are there, and xdist would begin with those that have most tests.
"${pytest[@]}" -n 2 --dist loadfile --no-loadscope-reorder tests/toolchain tests/state tests/changes tests/policies || exit $?
remove_cloud
eval "$(.venv/bin/socle env --cloud "$SOCLE_CLOUD" --shell)"
"${pytest[@]}" -x -s --durations=15 "$@"
verdict=$?
[ "$verdict" = 0 ] || keep_logs
remove_cloud
exit "$verdict"
