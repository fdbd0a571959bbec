#!/bin/sh
# Gives mount points the options they lack; fstab, which the image wrote, says the same for the next boot.
# Arguments: options, separated by commas; mount points. Prints "remounted" for each that it changed.
set -eu
options=$1
shift
for target; do
  now=$(findmnt --noheadings --output OPTIONS --mountpoint "$target") ||
    { echo "$target: no partition of its own; the host was not made from Socle's image: rebuild it" >&2; exit 1; }
  for option in $(echo "$options" | tr , ' '); do
    case ,$now, in *",$option,"*) ;; *) mount -o "remount,$options" "$target"; echo "remounted $target"; break ;; esac
  done
done
