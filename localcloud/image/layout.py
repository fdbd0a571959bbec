"""Where things lie on the disk: GPT, GRUB's own partition, those of partitions.yaml; what GRUB needs patched.

Pure arithmetic and byte strings. What writes them to a file is in disk.py. No partition device, loop mount
or device-mapper is needed: everything is written by offset.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml

from localcloud.image.errors import ImageError

TABLE = Path(__file__).resolve().parent / "partitions.yaml"

SECTOR = 512
MIB = 1024 * 1024
ALIGNMENT_SECTORS = MIB // SECTOR

# GPT type GUIDs: the GRUB manual's BIOS boot partition; of the Discoverable Partitions Specification root on
# x86-64, and /var, by whose type systemd-repart knows what to grow; and plain Linux data.
TYPE_BIOS_BOOT = "21686148-6449-6E6F-744E-656564454649"
TYPE_ROOT = "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
TYPE_VAR = "4D21B016-B534-45C2-A9FB-5C16E091FD2D"
TYPE_DATA = "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
TYPES = {"/": TYPE_ROOT, "/var": TYPE_VAR}

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
    """One GPT entry; `start` and `size` are in sectors of 512 bytes. Without `mount`: GRUB's own."""

    number: int
    start: int
    size: int
    type_guid: str
    name: str
    mount: str = ""
    options: tuple[str, ...] = ()

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
    mounted: tuple[Partition, ...]

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """The partitions in the order they lie on the disk."""
        return (self.bios_boot, *self.mounted)

    @property
    def root(self) -> Partition:
        """The one of `/`."""
        return next(part for part in self.mounted if part.mount == "/")

    @property
    def boot(self) -> Partition:
        """The one with kernels and GRUB's modules, which GRUB's core image looks for by its number."""
        return self.mounted[0]

    def sfdisk_script(self, disk_guid: str, partition_guids: dict[int, str]) -> str:
        """Input for `sfdisk`, with fixed GUIDs so that equal inputs give equal disks."""
        lines = ["label: gpt", f"label-id: {disk_guid}", "unit: sectors", f"sector-size: {SECTOR}", ""]
        for part in self.partitions:
            lines.append(
                f"start={part.start}, size={part.size}, type={part.type_guid}, "
                f'uuid={partition_guids[part.number]}, name="{part.name}"'
            )
        return "\n".join(lines) + "\n"


def plan(table: Path = TABLE) -> Layout:
    """Lay out the disk: 1 MiB for GRUB's core image, then the table's partitions, all MiB-aligned.

    The first MiB holds the GPT, the last its backup. Raises ImageError for a table that no host could boot
    from, or whose last partition, which grows, is not /var.
    """
    rows = yaml.safe_load(table.read_text(encoding="utf-8"))
    try:
        wanted = [(str(row["mount"]), int(row["mib"]), tuple(row["options"]), row["why"]) for row in rows]
    except (TypeError, KeyError, ValueError) as problem:
        raise ImageError(f"{table}: each partition says mount, mib, options and why: {problem!r}") from None
    mounts = [mount for mount, *_ in wanted]
    if (
        len(set(mounts)) != len(mounts)
        or mounts[:1] != ["/boot"]
        or "/" not in mounts
        or mounts[-1:] != ["/var"]
    ):
        raise ImageError(f"{table}: want /boot first, one /, /var last, each once; have {', '.join(mounts)}")
    bios_boot = Partition(1, ALIGNMENT_SECTORS, ALIGNMENT_SECTORS, TYPE_BIOS_BOOT, "bios-boot")
    end, mounted = bios_boot.end, []
    for number, (mount, mib, options, _) in enumerate(wanted, 2):
        size = mib * ALIGNMENT_SECTORS
        name = "-".join(PurePosixPath(mount).parts[1:]) or "root"
        mounted.append(Partition(number, end, size, TYPES.get(mount, TYPE_DATA), name, mount, options))
        end += size
    return Layout(end // ALIGNMENT_SECTORS + 1, bios_boot, tuple(mounted))


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
