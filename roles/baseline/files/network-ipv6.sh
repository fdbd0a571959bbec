#!/bin/sh
# systemd-networkd turns IPv6 on again for each link it configures, whatever the sysctl says (SOC-NET-04):
# tell it for every link file that is there. Links keep their state now; it holds from the next start on.
set -eu
for link in /etc/systemd/network/*.network; do
  [ -e "$link" ] || continue
  mkdir -p -m 0755 "$link.d"
  printf '[Network]\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n' > "$link.d/socle.conf.new"
  chmod 0644 "$link.d/socle.conf.new"
  if cmp -s "$link.d/socle.conf.new" "$link.d/socle.conf"; then
    rm "$link.d/socle.conf.new"
  else
    mv "$link.d/socle.conf.new" "$link.d/socle.conf"
    echo "changed: $link.d/socle.conf"
  fi
done
