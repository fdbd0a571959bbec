#!/bin/sh
# Brings a volume that is sealed with the key on standard input to its place, and seals one that bears no signature.
# Arguments: device, name, mount point. Prints what it changed; says why when it leaves a volume alone.
# The key comes and goes by pipes: no file, no argument and no environment ever holds it.
set -eu
umask 077
device=$1 name=$2 place=$3
mapped=/dev/mapper/$name
key=$(cat)
[ "${#key}" -ge 64 ] || { echo "volume $name: no key came; see the controller's message" >&2; exit 1; }
unlock() { printf %s "$key" | cryptsetup "$@" --key-file -; }
size() { blockdev --getsize64 "$1"; }

tries=0
until [ -b "$device" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || { echo "volume $name: $device is not attached; check the stack's attachment" >&2; exit 1; }
  sleep 1
done

if [ ! -b "$mapped" ]; then
  found=$(wipefs --noheadings --output TYPE "$device" | tr '\n' ' ')
  case $found in
    '')
      # A key of 512 random bits needs no slow derivation, which an emulated host would pay at each start.
      unlock luksFormat --batch-mode --type luks2 --cipher aes-xts-plain64 --key-size 512 \
        --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --label "socle-$name" "$device"
      echo "changed: $device sealed"
      ;;
    crypto_LUKS*) ;;
    *)
      echo "volume $name: $device bears $found, not a seal; it may hold data, so it is left alone:" \
           "check that it is the right volume" >&2
      exit 1
      ;;
  esac
  unlock open "$device" "$name" || { echo "volume $name: $device is not sealed with the key of this space" >&2; exit 1; }
  echo "changed: $mapped opened"
fi

# Sizes in bytes; what the seal itself takes (16 MiB) and less than a block stays out of it.
if [ $(($(size "$device") - $(size "$mapped"))) -gt $((32 * 1024 * 1024)) ]; then
  unlock resize "$name"
  echo "changed: $mapped grown"
fi
found=$(wipefs --noheadings --output TYPE "$mapped" | tr '\n' ' ')
case $found in
  '') mkfs.ext4 -q -L "socle-$name" "$mapped"; echo "changed: file system made on $mapped" ;;
  'ext4 ') ;;
  *) echo "volume $name: $mapped bears $found, not ext4; it is left alone" >&2; exit 1 ;;
esac
if ! mountpoint -q "$place"; then
  mkdir -p -m 0755 "$place"
  mount -t ext4 -o nodev,nosuid,noexec "$mapped" "$place"
  echo "changed: $place mounted"
fi
blocks=$(dumpe2fs -h "$mapped" 2> /dev/null | awk -F: '/^Block count/ { b = $2 } /^Block size/ { s = $2 } END { print b * s }')
if [ $(($(size "$mapped") - blocks)) -gt $((1024 * 1024)) ]; then
  resize2fs "$mapped" > /dev/null 2>&1
  echo "changed: file system of $place grown"
fi
