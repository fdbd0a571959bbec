#!/bin/sh
# Makes a file system on a data volume that bears no signature at all, and never on one that does.
# Arguments: device, file system type. Prints "formatted" when it made one.
set -eu
device=$1 type=$2
tries=0
until [ -b "$device" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { echo "data volume $device: not attached; check the stack's volume attachment" >&2; exit 1; }
  sleep 1
done
signatures=$(wipefs --noheadings --output TYPE "$device")
if [ -z "$signatures" ]; then
  "mkfs.$type" -q -L socle-data "$device"
  echo formatted
elif [ "$signatures" != "$type" ]; then
  echo "data volume $device: bears $(echo "$signatures" | tr '\n' ' '), not $type; it may hold data, so it is left alone:" \
       "check that it is the right volume" >&2
  exit 1
fi
