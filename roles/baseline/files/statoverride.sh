#!/bin/sh
# Records owner, group and mode of programs with dpkg, so that an upgrade keeps them; prints what it changed.
# Arguments: owner:group:mode:path ...; a path that is not installed is left out.
set -eu
for entry in "$@"; do
  owner=${entry%%:*}; rest=${entry#*:}
  group=${rest%%:*}; rest=${rest#*:}
  mode=${rest%%:*}; path=${rest#*:}
  [ -e "$path" ] || continue
  want="$owner $group ${mode#0}"
  # sudo for its group alone: whoever converges must be in that group, or this locks everybody out.
  if [ "$path" = /usr/bin/sudo ] && [ -n "${SUDO_USER:-}" ] && ! id -nG "$SUDO_USER" | grep -qw "$group"; then
    usermod --append --groups "$group" "$SUDO_USER"
    echo "changed: $SUDO_USER joins $group"
  fi
  if [ "$(dpkg-statoverride --list "$path" | cut -d' ' -f1-3)" != "$want" ]; then
    dpkg-statoverride --force-statoverride-add --add "$owner" "$group" "$mode" "$path"
    echo "changed: override of $path"
  fi
  if [ "$(stat -c '%U %G %a' "$path")" != "$want" ]; then
    chown "$owner:$group" "$path"
    chmod "$mode" "$path"
    echo "changed: $path is $want"
  fi
done
