#!/bin/sh
# Last step inside the new root, run by mmdebstrap with /proc and /sys mounted: what no overlay file can say.
# Argument: the root directory.
set -eu
root=$1
here=$(dirname "$0")

# Unique to a machine: made at first boot. An empty machine-id (not a missing one) keeps systemd from
# treating the boot as "first", which would run presets and sshd-keygen's slow RSA key.
rm -f "$root"/etc/ssh/ssh_host_*
: > "$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"

chroot "$root" passwd --lock root >/dev/null

chroot "$root" systemctl --quiet enable systemd-networkd.service
# Nothing fetches, scans or reports on its own: updates and integrity checks are the roles' decision.
chroot "$root" systemctl --quiet disable apt-daily.timer apt-daily-upgrade.timer dailyaidecheck.timer \
    e2scrub_all.timer dpkg-db-backup.timer cloud-init-hotplugd.socket
chroot "$root" systemctl --quiet set-default multi-user.target
mkdir -p "$root/etc/systemd/system-generators"
sed -e 's/#.*//' -e '/^ *$/d' "$here/masked.txt" | while read -r unit _; do
    case $unit in
        generators/*) ln -sf /dev/null "$root/etc/systemd/system-generators/${unit#*/}" ;;
        *) ln -sf /dev/null "$root/etc/systemd/system/$unit" ;;
    esac
done
# Nothing serves or sends before its role has given it a configuration and enabled it.
chroot "$root" systemctl --quiet disable syslog-ng.service apt-cacher-ng.service unbound.service haproxy.service
# What its masked generator would do at every boot.
ln -sf /usr/lib/systemd/system/cloud-init.target "$root/etc/systemd/system/multi-user.target.wants/"

# Profiles of programs that are not in the image (most only grant desktop programs user namespaces): each is
# compiled at every boot. The ones kept confine something that is here.
for profile in "$root"/etc/apparmor.d/*; do
    case ${profile##*/} in
        lsb_release | unix-chkpwd | unprivileged_userns | usr.sbin.chronyd) ;;
        *) [ -d "$profile" ] || rm "$profile" ;;
    esac
done

# GRUB by the guest's own tools: its modules where grub.cfg looks for them, its core image for the disk.
mkdir -p "$root/boot/grub/i386-pc"
cp "$root"/usr/lib/grub/i386-pc/*.mod "$root"/usr/lib/grub/i386-pc/*.lst "$root/boot/grub/i386-pc/"
cp "$root/usr/lib/grub/i386-pc/boot.img" "$root/boot/grub/i386-pc/"
chroot "$root" grub-mkimage -O i386-pc -p '(hd0,gpt2)/grub' -o /boot/grub/i386-pc/core.img \
    biosdisk part_gpt ext2 normal linux search search_fs_uuid echo test configfile serial terminal

# Written by the build's own apt and by postinst scripts; the guest's sources come with the overlay.
rm -f "$root/etc/apt/sources.list" "$root"/var/log/*.log "$root"/var/log/apt/* "$root"/var/cache/debconf/*-old

# Not before: the build's own apt would do this to the mounts of the machine that builds.
mv "$root/usr/lib/socle/apt-exec.conf" "$root/etc/apt/apt.conf.d/51socle-exec"
chmod 0700 "$root/boot"
