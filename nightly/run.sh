#!/usr/bin/env bash
# One night: scan, keep the report in every format, judge the stored reports, tell whom SOCLE_NOTIFY names.
# FOLDER gets drift.json, .xml, .sarif, .md and .html, diff.md, verify.json and night.log; what an earlier
# night left there goes first, so that nothing in it is ever of another night.
# Exit codes: those of the scan and of `verify`; 3 findings before 1 and 2 failures before 4 unproven before 0.
set -uo pipefail
folder=${1:?usage: nightly/run.sh FOLDER [options of socle drift]}
shift
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
PATH=$root/.venv/bin:$PATH
tell=(${SOCLE_NOTIFY:+--notify "$SOCLE_NOTIFY"})
umask 077
mkdir -p "$folder" || exit 1
rm -f "$folder"/{drift.{json,xml,sarif,md,html},diff.md,verify.json,night.log} || exit 1

night() {
  local scan verify code
  socle drift --reports "$folder" "${tell[@]}" "$@"
  scan=$?
  # Without a report of tonight the last two stored ones are of other nights.
  [ ! -e "$folder/drift.json" ] || socle drift diff --format markdown --output "$folder/diff.md"
  socle drift verify --format json "${tell[@]}" >"$folder/verify.json"
  verify=$?
  echo "socle drift ended with $scan, socle drift verify with $verify"
  # A code that is none of ours (a signal, no such program) is a failure.
  [ "$scan" -le 4 ] || scan=1
  [ "$verify" -le 4 ] || verify=1
  for code in 3 1 2 4 0; do
    if [ "$scan" -eq "$code" ] || [ "$verify" -eq "$code" ]; then return "$code"; fi
  done
}

night "$@" 2>&1 | tee "$folder/night.log"
exit "${PIPESTATUS[0]}"
