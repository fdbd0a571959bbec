#!/bin/sh
# Has the given units start with the host and run now. Prints `changed` when one did not.
set -eu
stands=$(systemctl show --property=LoadState,UnitFileState,ActiveState "$@")
if printf '%s\n' "$stands" | grep -qvE '^(LoadState=loaded|UnitFileState=enabled|ActiveState=active|)$'; then
  SYSTEMCTL_SKIP_SYSV=1 systemctl enable --now "$@"  # Debian has native units of all of them
  echo changed
fi
