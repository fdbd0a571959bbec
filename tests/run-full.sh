#!/usr/bin/env bash
# Runs the [nightly] tier part by part on the cloud `test`. A part that passed at this commit is not run again,
# so a stopped run is resumed by running it again; `--again` forgets what passed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export SOCLE_CLOUD=test
state=${SOCLE_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/socle}
commit=$(git rev-parse --short HEAD) || { echo "not a git checkout that git reads here: nothing to key the parts by" >&2; exit 2; }
done_folder=$state/nightly/$commit
# What was changed since the commit has passed nothing yet.
[ -z "$(git status --porcelain)" ] || { commit=$commit-changed; done_folder=$(mktemp -d); }
[ "${1:-}" != --again ] || rm -rf "$done_folder"
mkdir -p "$done_folder"

remove_cloud() { .venv/bin/socle local down --cloud "$SOCLE_CLOUD" >/dev/null 2>&1; }
trap 'remove_cloud; exit 130' INT TERM HUP

part() {
  local name=$1 started=$SECONDS
  shift
  if [ -e "$done_folder/$name" ]; then
    echo "part $name: passed before at $commit"
    return 0
  fi
  echo "part $name: starts"
  "$@" || { echo "part $name: failed after $((SECONDS - started)) s"; return 1; }
  echo "$((SECONDS - started)) s, $(date -u +%F)" >"$done_folder/$name"
  echo "part $name: passed in $((SECONDS - started)) s"
}
live() (
  eval "$(.venv/bin/socle env --cloud "$SOCLE_CLOUD" --shell)"
  .venv/bin/python -m pytest -q -x -s tests/cloud/test_up.py "$@"
)
every_mutation() (
  live && eval "$(.venv/bin/socle env --cloud "$SOCLE_CLOUD" --shell)" && .venv/bin/python -m tests.hosts.mutate --all
)

# Every zone and two spaces: the other size stands alone on its cloud.
whole_platform() (
  remove_cloud
  export SOCLE_STACK=full-platform
  trap remove_cloud EXIT
  live tests/cloud/test_access.py tests/cloud/test_bastion.py tests/cloud/test_flows.py \
    tests/cloud/test_hostile_paths.py tests/cloud/test_hostile_disguise.py tests/cloud/test_policies.py tests/cloud/test_objects.py \
    tests/cloud/test_space_credential.py tests/hosts/test_controls.py tests/hosts/test_logs.py tests/cloud/test_converge.py tests/cloud/test_data.py tests/cloud/test_teardown.py \
    tests/cloud/test_destroy.py tests/cloud/test_down.py
)

# No platform: a cloud of its own gets a second zone, loses it and gets it back.
two_zones() (
  remove_cloud
  trap remove_cloud EXIT
  .venv/bin/python -m pytest -q -x -s tests/cloud/test_zones.py
)

verdict=0
part ci make --no-print-directory test || verdict=1
killed_pulumi() { SOCLE_KILLS=20 live tests/faults/test_killed_pulumi.py; }
part killed-pulumi killed_pulumi || verdict=1
part full whole_platform || verdict=1
part space-killed live tests/cloud/test_space_killed.py || verdict=1
part space-five live tests/cloud/test_space_five.py || verdict=1
part space-reopened live tests/cloud/test_space_reopened.py || verdict=1
# Not in `make test`: Azurite costs 40 s to install where the cache has it not, these tests about as much.
part migration .venv/bin/python -m pytest -q tests/migration || verdict=1
# One of 5 GiB, so 11 GiB below the temporary folder.
many_objects() { SOCLE_OBJECTS=50000 SOCLE_LARGEST_MIB=5120 .venv/bin/python -m pytest -q -s tests/migration/test_many.py; }
part migration-many many_objects || verdict=1
chaos() { SOCLE_ROUNDS=50 .venv/bin/python -m pytest -q -s tests/migration/test_chaos.py; }
part migration-chaos chaos || verdict=1
part faulty-apis live tests/faults/test_faulty_apis.py || verdict=1
part interrupted-up live tests/faults/test_interrupted_up.py || verdict=1
part every-mutation every_mutation || verdict=1
# Twenty clean scans in a row, every kind made by hand, then the hosts'.
every_drift() {
  SOCLE_DRIFT=all SOCLE_DRIFT_SCANS=20 live tests/cloud/test_drift.py tests/cloud/test_drift_kinds.py tests/cloud/test_drift_hosts.py
}
part drift every_drift || verdict=1
part update live tests/cloud/test_update.py || verdict=1
part many-converges live tests/cloud/test_many_converges.py || verdict=1
part lynis live tests/cloud/test_lynis.py || verdict=1
part server-error live tests/faults/test_server_error.py || verdict=1
part two-zones two_zones || verdict=1
remove_cloud
exit "$verdict"
