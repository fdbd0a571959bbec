"""Where things lie on the disk."""

import struct

import pytest

from localcloud.image import layout
from localcloud.image.errors import ImageError


@pytest.mark.parametrize("disk_mib", [64, 1024, 10240])
def test_partitions_are_aligned_ordered_and_leave_room_for_both_tables(disk_mib: int) -> None:
    plan = layout.plan(disk_mib)
    end = 34  # GPT header and entries end here at the earliest
    for part in plan.partitions:
        assert part.start % layout.ALIGNMENT_SECTORS == 0
        assert part.size % layout.ALIGNMENT_SECTORS == 0
        assert part.start >= end
        end = part.end
    assert end <= disk_mib * layout.MIB // layout.SECTOR - 33  # backup GPT


def test_numbers_match_what_grub_is_told() -> None:
    # grub-mkimage's prefix says (hd0,gpt2), and the boot code starts at the BIOS boot partition.
    plan = layout.plan(1024)
    assert (plan.bios_boot.number, plan.root.number) == (1, 2)
    assert plan.bios_boot.start == 2048
    assert plan.root.offset == 2 * layout.MIB


def test_a_disk_too_small_is_refused() -> None:
    with pytest.raises(ImageError, match="too small"):
        layout.plan(63)


def test_sfdisk_script_names_every_partition_once() -> None:
    script = layout.plan(1024).sfdisk_script("D", {1: "A", 2: "B"})
    lines = [line for line in script.splitlines() if line.startswith("start=")]
    assert lines[0] == f'start=2048, size=2048, type={layout.TYPE_BIOS_BOOT}, uuid=A, name="bios-boot"'
    assert lines[1] == f'start=4096, size=2091008, type={layout.TYPE_ROOT}, uuid=B, name="root"'


def test_boot_code_stops_before_the_partition_table_and_points_at_the_core_image() -> None:
    code = layout.boot_code(bytes(range(256)) * 2, 2048)
    assert len(code) == 440
    assert struct.unpack_from("<Q", code, 0x5C) == (2048,)
    assert code[:0x5C] == bytes(range(256))[:0x5C]
    assert code[0x64:440] == (bytes(range(256)) * 2)[0x64:440]


def test_boot_img_of_another_size_is_refused() -> None:
    with pytest.raises(ImageError, match=r"boot\.img has 511 bytes"):
        layout.boot_code(b"x" * 511, 2048)


def core(length: int, counted: int = 0) -> bytes:
    image = bytearray(b"\xaa" * length)
    struct.pack_into("<QHH", image, 0x1F4, 0, counted, 0)
    return bytes(image)


def test_block_list_covers_the_rest_of_the_core_image() -> None:
    part = layout.plan(1024).bios_boot
    patched = layout.core_image(core(100_000), part)  # 196 sectors, the last one partly filled
    assert len(patched) == 196 * 512
    assert struct.unpack_from("<QHH", patched, 0x1F4) == (2049, 195, 0x820)
    assert patched[512:100_000] == b"\xaa" * (100_000 - 512)


def test_core_image_fills_the_partition_exactly_but_no_further() -> None:
    part = layout.plan(1024).bios_boot
    assert len(layout.core_image(core(layout.MIB), part)) == layout.MIB
    with pytest.raises(ImageError, match="needs 2049 sectors"):
        layout.core_image(core(layout.MIB + 1), part)


def test_a_core_image_whose_own_count_disagrees_is_refused() -> None:
    with pytest.raises(ImageError, match="says it has 9 further sectors"):
        layout.core_image(core(4096, counted=9), layout.plan(1024).bios_boot)
