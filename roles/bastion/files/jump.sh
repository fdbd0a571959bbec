#!/bin/sh
# Makes the account that forwards, with the keys of the automation account and no more than forwarding in them.
# Arguments: account, the automation account, file of the keys. Prints what it changed.
set -eu
umask 022
account=$1 automation=$2 file=$3
if ! getent passwd "$account" > /dev/null; then
  useradd --system --user-group --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin "$account"
  echo "changed: account $account"
fi
home=$(getent passwd "$automation" | cut -d: -f6)
mkdir -p "$(dirname "$file")"
# What bounds a key (from=, expiry-time=) would be lost on the way, so it is not taken.
if grep -E '^[^#]*(from|expiry-time)=' "$home/.ssh/authorized_keys" > /dev/null; then
  echo "$home/.ssh/authorized_keys: a key with from= or expiry-time=, which $account would not keep; leave it out" >&2
  exit 1
fi
# Type and key alone: an option that stands before a key there must not come along.
grep -v '^ *#' "$home/.ssh/authorized_keys" |
  grep -oE '(sk-)?(ssh|ecdsa)-[a-z0-9@.-]+ AAAA[A-Za-z0-9+/]+=*' | sort -u |
  sed 's/^/restrict,port-forwarding /' > "$file.new"
[ -s "$file.new" ] || { echo "$home/.ssh/authorized_keys: no key for $account; check the server's key pair" >&2; exit 1; }
if cmp -s "$file.new" "$file"; then
  rm "$file.new"
else
  mv "$file.new" "$file"
  echo "changed: keys of $account"
fi
