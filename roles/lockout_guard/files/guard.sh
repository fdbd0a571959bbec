#!/bin/sh
# Runs on a host, as root: keeps what decides over access, and puts it back unless somebody confirms in time.
#   guard.sh arm SECONDS   keep the present state, install this script, start the timer;
#                          says `unfinished` when the last converge was never confirmed
#   guard.sh confirm       a fresh login came through: stop the timer, drop the copy
#   guard.sh restore       what the timer calls ("restore boot": what the boot calls)
set -eu
umask 077
dir=/var/lib/socle/guard
program=/usr/lib/socle/guard.sh  # nothing runs from /var
unit=socle-guard
boot=/etc/systemd/system/sysinit.target.wants/socle-guard-boot.service
# Directories whose new files must go away as well, then single files.
trees="etc/ssh etc/sudoers.d etc/pam.d usr/share/pam-configs etc/security etc/sysctl.d etc/profile.d"
files="etc/sudoers etc/nftables.conf etc/passwd etc/group etc/shadow etc/gshadow
var/lib/dpkg/statoverride usr/bin/sudo usr/bin/su"

present() { for p in "$@"; do [ -e "/$p" ] && printf '%s\n' "$p"; done; true; }

start_timer() {
  systemctl stop "$unit.timer" 2>/dev/null || true
  systemctl reset-failed "$unit.service" 2>/dev/null || true
  systemd-run --quiet --unit="$unit" --on-active="$1" --timer-property=AccuracySec=1s "$program" restore
  # A reboot forgets the timer above; this unit restores at boot what nobody confirmed.
  cat > /etc/systemd/system/socle-guard-boot.service <<UNIT
[Unit]
Description=Restore unconfirmed access rules
DefaultDependencies=no
After=local-fs.target
Before=ssh.service nftables.service network-pre.target
ConditionPathExists=$dir/state.tar
[Service]
Type=oneshot
ExecStart=$program restore boot
[Install]
WantedBy=sysinit.target
UNIT
  # What `systemctl enable` does, without reading all units anew: only the next boot looks at it.
  mkdir -p "${boot%/*}"
  ln -sf ../socle-guard-boot.service "$boot"
}

case "${1:-}" in
  arm)
    mkdir -p "$dir"
    # Files of a converge that ended early are in place, but nothing loaded them: the play must be told.
    [ ! -e "$dir/unfinished" ] || echo unfinished
    touch "$dir/unfinished"
    # An unconfirmed earlier converge leaves its copy: that one is the last state known to let people in.
    if [ ! -e "$dir/state.tar" ]; then
      # shellcheck disable=SC2046,SC2086
      tar -C / -cf "$dir/state.tar.new" $(present $trees $files)
      { echo 'flush ruleset'; nft list ruleset; } > "$dir/ruleset.nft" 2>/dev/null || echo 'flush ruleset' > "$dir/ruleset.nft"
      mv "$dir/state.tar.new" "$dir/state.tar"
    fi
    install -d -m 0755 "${program%/*}"
    install -m 0700 "$0" "$program"
    start_timer "${2:?seconds}"
    ;;
  confirm)
    if [ ! -e "$dir/state.tar" ]; then
      echo "socle-guard: too late, the rollback has already run: see journalctl -t socle-guard" >&2
      exit 1
    fi
    systemctl stop "$unit.timer" 2>/dev/null || true
    rm -f "$boot" "$dir/state.tar" "$dir/ruleset.nft" "$dir/unfinished" /etc/systemd/system/socle-guard-boot.service
    echo confirmed
    ;;
  restore)
    [ -e "$dir/state.tar" ] || exit 0
    tar -C / -xpf "$dir/state.tar"
    tar -tf "$dir/state.tar" | sed 's,/$,,' | sort > "$dir/kept"
    # shellcheck disable=SC2086
    (cd / && find $trees -type f -o -type l) 2>/dev/null | sort | comm -23 - "$dir/kept" |
      while read -r added; do rm -f "/$added"; done
    # At boot the services read the restored files by themselves.
    if [ "${2:-}" != boot ]; then
      nft -f "$dir/ruleset.nft" || true
      systemctl reload-or-restart ssh.service || true
    fi
    rm -f "$boot" "$dir/state.tar" "$dir/ruleset.nft" "$dir/kept"
    logger -t socle-guard "no fresh login confirmed the converge: access rules restored" || true
    ;;
  *)
    echo "usage: guard.sh arm SECONDS | confirm | restore" >&2
    exit 2
    ;;
esac
