"""Where things lie on the disk: GPT, BIOS boot partition, root; and the two places GRUB needs patched.

Pure arithmetic and byte strings. What writes them to a file is in disk.py. No partition device, loop mount
or device-mapper is needed: everything is written by offset.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from localcloud.image.errors import ImageError

SECTOR = 512
MIB = 1024 * 1024
ALIGNMENT_SECTORS = MIB // SECTOR

# GPT type GUIDs: the GRUB manual's BIOS boot partition, and root for x86-64 of the Discoverable Partitions
# Specification, by which systemd-repart knows what to grow.
TYPE_BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
TYPE_ROOT = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"

# The first 440 bytes of a disk are boot code; from there on lie the disk signature and the protective MBR,
# which nova's image check wants untouched.
BOOT_CODE_BYTES = 440
# boot.img: 64-bit LBA of core.img's first sector (GRUB: GRUB_BOOT_MACHINE_KERNEL_SECTOR).
KERNEL_SECTOR_OFFSET = 0x5C
# core.img's first sector ends in its block list: start (u64), length (u16) in sectors; segment (u16).
BLOCK_LIST_OFFSET = 0x1F4
# Segment where GRUB loads what follows its first sector (0x800 + one sector of paragraphs).
LOAD_SEGMENT = 0x820


@dataclass(frozen=True)
class Partition:
    """One GPT entry; `start` and `size` are in sectors of 512 bytes."""

    number: int
    start: int
    size: int
    type_guid: str
    name: str

    @property
    def offset(self) -> int:
        """Distance from the start of the disk in bytes."""
        return self.start * SECTOR

    @property
    def end(self) -> int:
        """First sector after the partition."""
        return self.start + self.size


@dataclass(frozen=True)
class Layout:
    """A whole disk: its size in MiB and its partitions in order."""

    disk_mib: int
    bios_boot: Partition
    root: Partition

    @property
    def partitions(self) -> tuple[Partition, Partition]:
        """The partitions in the order they lie on the disk."""
        return (self.bios_boot, self.root)

    def sfdisk_script(self, disk_guid: str, partition_guids: dict[int, str]) -> str:
        """Input for `sfdisk`, with fixed GUIDs so that equal inputs give equal disks."""
        lines = ["label: gpt", f"label-id: {disk_guid}", "unit: sectors", f"sector-size: {SECTOR}", ""]
        for part in self.partitions:
            lines.append(
                f"start={part.start}, size={part.size}, type={part.type_guid}, "
                f'uuid={partition_guids[part.number]}, name="{part.name}"'
            )
        return "\n".join(lines) + "\n"


def plan(disk_mib: int) -> Layout:
    """Lay out a disk of `disk_mib` MiB: 1 MiB for GRUB's core image, the rest for root, all MiB-aligned.

    The last MiB is left to the backup GPT. Raises ImageError below 64 MiB, where no Debian fits.
    """
    if disk_mib < 64:  # noqa: PLR2004
        raise ImageError(f"disk of {disk_mib} MiB is too small for a Debian root: use at least 64 MiB")
    bios_boot = Partition(1, ALIGNMENT_SECTORS, ALIGNMENT_SECTORS, TYPE_BIOS_BOOT, "bios-boot")
    root = Partition(2, bios_boot.end, (disk_mib - 3) * ALIGNMENT_SECTORS, TYPE_ROOT, "root")
    return Layout(disk_mib, bios_boot, root)


def boot_code(boot_img: bytes, core_start: int) -> bytes:
    """GRUB's boot.img made to load the core image at sector `core_start`: the disk's first 440 bytes."""
    if len(boot_img) != SECTOR:
        raise ImageError(
            f"boot.img has {len(boot_img)} bytes, not {SECTOR}: is grub-pc-bin in the package list?"
        )
    code = bytearray(boot_img[:BOOT_CODE_BYTES])
    struct.pack_into("<Q", code, KERNEL_SECTOR_OFFSET, core_start)
    return bytes(code)


def core_image(core_img: bytes, partition: Partition) -> bytes:
    """GRUB's core.img with the block list of where its own remainder lies in `partition`.

    Raises ImageError when it does not fit, or when grub-mkimage's own count of sectors disagrees.
    """
    sectors = -(-len(core_img) // SECTOR)
    if sectors > partition.size:
        raise ImageError(
            f"core.img needs {sectors} sectors, the BIOS boot partition has {partition.size}: "
            "preload fewer GRUB modules"
        )
    rest = sectors - 1
    core = bytearray(core_img.ljust(sectors * SECTOR, b"\0"))
    counted = struct.unpack_from("<H", core, BLOCK_LIST_OFFSET + 8)[0]
    if counted not in (0, rest):
        raise ImageError(
            f"core.img says it has {counted} further sectors, its size says {rest}: is it cut off?"
        )
    struct.pack_into("<QHH", core, BLOCK_LIST_OFFSET, partition.start + 1, rest, LOAD_SEGMENT)
    return bytes(core)
