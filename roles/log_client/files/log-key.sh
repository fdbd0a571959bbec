#!/bin/sh
# Makes a key of the host, for logs unless a folder is named; it stays here. Prints a certificate request when one
# is due: there is no certificate, it ends soon, its authority is another one, or it does not serve what the host does.
# Arguments: the server's name, SHA-256 of the authority's file without its last newline, days before the end,
# client or server, the folder.
set -eu
umask 077
name=$1 authority=$2 days=$3 purpose=$4
dir=${5:-/etc/socle/log}
install -d -m 0755 /etc/socle
install -d -m 0700 "$dir"
if [ ! -s "$dir/key.pem" ]; then
  openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$dir/key.pem.new"
  mv "$dir/key.pem.new" "$dir/key.pem"
fi
good() {
  [ -s "$dir/cert.pem" ] && [ -s "$dir/ca.pem" ] || return 1
  [ "$(printf %s "$(cat "$dir/ca.pem")" | sha256sum | cut -d' ' -f1)" = "$authority" ] || return 1
  openssl x509 -in "$dir/cert.pem" -noout -checkend $((days * 86400)) > /dev/null || return 1
  openssl verify -CAfile "$dir/ca.pem" -purpose "ssl$purpose" "$dir/cert.pem" > /dev/null 2>&1 || return 1
  [ "$(openssl x509 -in "$dir/cert.pem" -noout -pubkey)" = "$(openssl pkey -in "$dir/key.pem" -pubout)" ]
}
good || openssl req -new -key "$dir/key.pem" -subj "/CN=$name"
