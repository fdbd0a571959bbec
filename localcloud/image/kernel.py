"""Kernel arguments: every host's, and what emulated guests get in place of mitigations; GRUB's files.

Not here: what a hardening role adds later (it uses its own file in /etc/default/grub.d).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localcloud.image.errors import ImageError
from localcloud.image.layout import Layout

# tty0 for a provider's graphical console, ttyS0 last: it becomes /dev/console, shown by nova's log.
COMMON = (
    "console=tty0",
    "console=ttyS0,115200",
    "quiet",
    # ANSSI-BP-028 R7 and R8, for SOC-BOOT-01 and SOC-BOOT-02; an emulated boot takes no longer with them.
    "iommu=force",
    "slab_nomerge=yes",
    "slub_debug=FZP",
    "page_alloc.shuffle=1",
    # In the place of page_poison, which Debian's kernel is built without: freed pages are emptied as well.
    "init_on_free=1",
    "mce=0",
    "rng_core.default_quality=500",
)
# R8's answers to faults of processors (SOC-BOOT-03).
MITIGATIONS = (
    "l1tf=full,force",
    "mds=full,nosmt",
    "pti=on",
    "spec_store_bypass_disable=seccomp",
    "spectre_v2=on",
)
# Without KVM no code of another tenant shares the CPU's speculation through this guest, and every mitigation
# is translated instruction by instruction.
EMULATED_ONLY = ("mitigations=off", "lsm=landlock,lockdown,yama,integrity,apparmor")

GRUB_DEFAULTS = "etc/default/grub.d/50-socle.cfg"
GRUB_CFG = "grub/grub.cfg"  # in /boot, a partition of its own


def arguments(*, emulated: bool) -> str:
    """The kernel command line beyond root= and ro."""
    return " ".join(COMMON + (EMULATED_ONLY if emulated else MITIGATIONS))


def grub_defaults(*, emulated: bool) -> str:
    """GRUB_DEFAULTS, for update-grub."""
    return f"""\
# Read by update-grub; later files of this folder may append to GRUB_CMDLINE_LINUX.
GRUB_DEFAULT=0
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="{arguments(emulated=emulated)}"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_DISABLE_OS_PROBER=true
"""


def grub_config(uuids: Mapping[str, str], version: str, *, emulated: bool) -> str:
    """GRUB_CFG before update-grub in the guest replaces it.

    `uuids`: of the file systems by mount point; `version`: of the kernel.
    """
    return f"""\
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
set timeout=0
menuentry "Debian GNU/Linux" {{
    insmod part_gpt
    insmod ext2
    search --no-floppy --fs-uuid --set=root {uuids["/boot"]}
    linux /vmlinuz-{version} root=UUID={uuids["/"]} ro {arguments(emulated=emulated)}
    initrd /initrd.img-{version}
}}
"""


def version(boot: Path) -> str:
    """The version of the one kernel in the folder `boot`; raises ImageError when there is not exactly one."""
    found = [path.name.removeprefix("vmlinuz-") for path in boot.glob("vmlinuz-*")]
    if len(found) != 1:
        raise ImageError(f"{boot} holds {len(found)} kernels, not one: see packages.yaml")
    return found[0]


def fstab(plan: Layout, uuids: Mapping[str, str]) -> str:
    """/etc/fstab: every partition with its options; the last grows with its disk."""
    lines = []
    for part in sorted(plan.mounted, key=lambda part: part.mount):
        grows = ("x-systemd.growfs",) if part is plan.mounted[-1] else ()
        options, check = ",".join((*part.options, *grows)), 1 if part.mount == "/" else 2
        lines.append(f"UUID={uuids[part.mount]} {part.mount} ext4 {options} 0 {check}\n")
    return "".join(lines)
