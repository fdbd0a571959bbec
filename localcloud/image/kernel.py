"""Kernel arguments: the same for every host, and the one line more that emulated guests get; GRUB's files.

Not here: what a hardening role adds later (it uses its own file in /etc/default/grub.d).
"""

from __future__ import annotations

# tty0 for a provider's graphical console, ttyS0 last: it becomes /dev/console, shown by nova's log.
COMMON = ("console=tty0", "console=ttyS0,115200", "quiet")
# Without KVM no code of another tenant shares the CPU's speculation through this guest, and every mitigation
# is translated instruction by instruction.
EMULATED_ONLY = ("mitigations=off", "lsm=landlock,lockdown,yama,integrity,apparmor")

GRUB_DEFAULTS = "etc/default/grub.d/50-socle.cfg"
GRUB_CFG = "boot/grub/grub.cfg"


def arguments(*, emulated: bool) -> str:
    """The kernel command line beyond root= and ro."""
    return " ".join(COMMON + (EMULATED_ONLY if emulated else ()))


def grub_files(root_uuid: str, *, emulated: bool) -> dict[str, str]:
    """What differs between the artefacts: GRUB's defaults for update-grub, and the first grub.cfg.

    The first one uses Debian's /vmlinuz and /initrd.img links; update-grub in the guest replaces it.
    """
    line = arguments(emulated=emulated)
    defaults = f"""\
# Read by update-grub; later files of this folder may append to GRUB_CMDLINE_LINUX.
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="{line}"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_DISABLE_OS_PROBER=true
"""
    config = f"""\
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
set timeout=0
menuentry "Debian GNU/Linux" {{
    insmod part_gpt
    insmod ext2
    search --no-floppy --fs-uuid --set=root {root_uuid}
    linux /vmlinuz root=UUID={root_uuid} ro {line}
    initrd /initrd.img
}}
"""
    return {GRUB_DEFAULTS: defaults, GRUB_CFG: config}


def fstab(root_uuid: str) -> str:
    """/etc/fstab: root only, grown with its partition. Data volumes are mounted by the roles."""
    return f"UUID={root_uuid} / ext4 errors=remount-ro,x-systemd.growfs 0 1\n"
