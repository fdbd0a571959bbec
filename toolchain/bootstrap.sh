#!/usr/bin/env bash
# Brings a bare Debian machine to the point where Python takes over: checks it, installs the
# Debian packages of the two lists, then `.venv` from the lock file. A second run changes nothing.
# With `--missing` it only lists the Debian packages that it would install, one a line.
# What stands already asks nothing of the machine: limits and rights are checked only when something is missing.
# Exit codes: 0 ready, 1 an installation failed, 2 this machine cannot serve (the line says why).
set -euo pipefail
: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
export HOME LC_ALL=C.UTF-8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${SOCLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/socle}
state=${SOCLE_STATE:-${XDG_STATE_HOME:-$HOME/.local/state}/socle}
python=/usr/bin/python3
need_memory_gib=${SOCLE_NEED_MEMORY_GIB:-10}
need_disk_gib=${SOCLE_NEED_DISK_GIB:-20}
started=$SECONDS
guard=/usr/sbin/policy-rc.d
guard_mark='# socle bootstrap: services stay off while packages are installed'

say() { printf '[%3ds] %s\n' "$((SECONDS - started))" "$*"; }
refuse() { printf 'socle: %s\n' "$*" >&2; exit 2; }
fail() { printf 'socle: %s\n' "$*" >&2; exit 1; }

check_machine() {
  [ "$(id -u)" = 0 ] || refuse "not root: packages and network namespaces need it; run it as root, for example 'sudo make up'"
  [ -r /etc/debian_version ] && command -v apt-get >/dev/null ||
    refuse "this is no Debian system: apt-get not found; use a Debian 12 machine"
  local memory disk
  memory=$(awk '/^MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
  [ "$memory" -ge "$need_memory_gib" ] ||
    refuse "memory: ${memory} GiB available, ${need_memory_gib} GiB needed; end other programs or use a larger machine"
  mkdir -p "$cache" "$state"
  disk=$(df --output=avail -BG "$cache" | tail -n 1 | tr -dc 0-9)
  [ "$disk" -ge "$need_disk_gib" ] ||
    refuse "disk: ${disk} GiB free under $cache, ${need_disk_gib} GiB needed; free some or set SOCLE_CACHE and SOCLE_STATE"
}

missing_packages() {
  local wanted installed
  wanted=$(awk '/^[a-z]/ {print $1}' "$root/toolchain/packages.txt" "$root/localcloud/packages.txt" | sort -u)
  # shellcheck disable=SC2086,SC2016
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null | awk '$1 == "ii" {print $2}' | sort -u || true)
  comm -23 <(echo "$wanted") <(echo "$installed")
}

# Programs of packages that must not be installed, unpacked into the cache (the two unpacked.txt say why).
unpacked_missing() {
  local package program
  while read -r package program _; do
    [ -x "$cache/unpacked/$package$program" ] || echo "$package"
  done < <(grep -h '^[a-z]' "$root/toolchain/unpacked.txt" "$root/localcloud/unpacked.txt")
}

unpack_packages() {
  local package folder
  for package in $(unpacked_missing); do
    folder=$cache/unpacked/$package
    rm -rf "$folder" "$folder.partial"
    mkdir -p "$folder.partial"
    (cd "$folder.partial" && apt-get -q download "$package" >>"$state/apt.log" 2>&1 && dpkg-deb -x ./*.deb . && rm ./*.deb) ||
      fail "$package could not be fetched; see $state/apt.log, mend it and run again"
    mv "$folder.partial" "$folder"
  done
}

ours_stands() { grep -qxF "$guard_mark" "$guard" 2>/dev/null; }
remove_guard() { ! ours_stands || rm -f "$guard"; }

# Debian enables what it installs; after a reboot these services would take the ports that the cloud wants.
disable_new_services() {
  local package unit
  # The list outlives a killed installation, so that what it brought is seen by the next one.
  for package in $(comm -13 "$state/packages.before" <(dpkg-query -W -f '${Package}\n' | sort)); do
    for unit in $(dpkg -L "$package" | sed -nE 's,^(/usr)?/lib/systemd/system/([^/@]+\.(service|socket|timer))$,\2,p'); do
      systemctl --quiet disable "$unit" 2>/dev/null || true
    done
  done
  rm "$state/packages.before"
}

install_packages() {
  local missing log=$state/apt.log
  remove_guard # of a run that was killed while it installed
  missing=$(missing_packages)
  [ -n "$missing$(unpacked_missing)" ] || return 0
  say "installing $(echo "$missing" "$(unpacked_missing)" | wc -w) Debian packages (about a minute); next: the Python environment"
  # Debian's packages start their services when installed; this project never touches the host's services.
  if [ ! -e "$guard" ]; then
    trap remove_guard EXIT
    printf '#!/bin/sh\n%s\nexit 101\n' "$guard_mark" >"$guard"
    chmod 755 "$guard"
  fi
  [ -e "$state/packages.before" ] || dpkg-query -W -f '${Package}\n' | sort >"$state/packages.before"
  export DEBIAN_FRONTEND=noninteractive
  # A refusing third-party source must not hide that Debian's own answered: the install decides.
  apt-get -o DPkg::Lock::Timeout=120 update >"$log" 2>&1 || true
  # shellcheck disable=SC2086
  [ -z "$missing" ] ||
    apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends $missing >>"$log" 2>&1 ||
    fail "apt-get install failed: $(grep -m 1 -E '^E:' "$log" || tail -n 1 "$log"); see $log, mend it and run again"
  disable_new_services
  remove_guard
  unpack_packages
  say "what was installed is listed in $state/installed-packages.txt; the services of these packages stay disabled"
  date -u +"%FT%TZ $(echo $missing)" >>"$state/installed-packages.txt"
}

install_uv() {
  local key dir
  key=$(sha256sum "$root/toolchain/locks/uv.txt" | cut -c1-12)
  dir=$cache/uv/$key
  uv=$dir/bin/uv
  [ ! -x "$uv" ] || return 0
  say "installing uv from its lock; next: the Python environment"
  rm -rf "$dir.partial"
  "$python" -m venv "$dir.partial"
  "$dir.partial/bin/python" -m pip install -q --require-hashes -r "$root/toolchain/locks/uv.txt" ||
    fail "uv could not be installed from the package registry; check the network and run again"
  mkdir -p "$(dirname "$dir")"
  rm -rf "$dir"
  mv "$dir.partial" "$dir"
}

venv=$root/.venv
# The path counts too: scripts of a copied or moved checkout would start the old one's interpreter.
venv_key() { { echo "$root"; cat "$root/toolchain/locks/socle.txt" "$root/pyproject.toml"; } | sha256sum | cut -c1-12; }
venv_stands() { [ "$(cat "$venv/.key" 2>/dev/null)" = "$(venv_key)" ]; }

# fill VENV LOCK: an empty environment with what the lock names; the caller writes its key once all is in.
fill() {
  export UV_CACHE_DIR=$cache/uv/wheels VIRTUAL_ENV=$1
  [ ! -L "$1" ] || rm "$1"
  rm -f "$1/.key"
  # `--clear` throws away what a killed run left half built.
  "$uv" venv -q --clear --python "$python" "$1"
  "$uv" pip sync -q --require-hashes "$2" ||
    fail "the packages of ${2#"$root/"} could not be installed; check the network and run again"
}

install_venv() {
  venv_stands && return 0
  say "building .venv from toolchain/locks/socle.txt; next: the tool chain"
  fill "$venv" "$root/toolchain/locks/socle.txt"
  "$uv" pip install -q --no-deps --no-build-isolation -e "$root"
  venv_key >"$venv/.key"
}

# The policy pack's own environment: it must work for who has Pulumi alone, so it shares nothing with `.venv`.
pack=$root/policies/.venv
pack_key() { { echo "$root"; cat "$root/policies/requirements.txt"; } | sha256sum | cut -c1-12; }
pack_stands() { [ "$(cat "$pack/.key" 2>/dev/null)" = "$(pack_key)" ]; }

install_pack() {
  pack_stands && return 0
  say "building policies/.venv from policies/requirements.txt"
  fill "$pack" "$root/policies/requirements.txt"
  pack_key >"$pack/.key"
}

if [ "${1:-}" = --missing ]; then
  missing_packages
  exit 0
fi
toolchain_stands() { "$python" "$root/toolchain/build.py" --print-bin >/dev/null 2>&1; }

if [ -z "$(missing_packages)$(unpacked_missing)" ] && ! ours_stands && venv_stands && pack_stands && toolchain_stands; then
  exit 0
fi
check_machine
exec 9>"$state/bootstrap.lock"
flock -n 9 || { say "another bootstrap runs; waiting for it"; flock 9; }
install_packages
install_uv
install_venv
install_pack
"$python" "$root/toolchain/build.py"
