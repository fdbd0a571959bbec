"""Where things lie on the disk."""

import struct
from pathlib import Path

import pytest

from localcloud import contents
from localcloud.image import layout, rootfs
from localcloud.image.errors import ImageError


def test_partitions_are_aligned_ordered_and_leave_room_for_both_tables() -> None:
    plan = layout.plan()
    end = 34  # GPT header and entries end here at the earliest
    for number, part in enumerate(plan.partitions, 1):
        assert part.number == number
        assert part.start % layout.ALIGNMENT_SECTORS == 0
        assert part.size % layout.ALIGNMENT_SECTORS == 0
        assert part.start >= end
        end = part.end
    assert end <= plan.disk_mib * layout.MIB // layout.SECTOR - 33  # backup GPT


def test_the_smallest_flavor_holds_the_disk() -> None:
    assert layout.plan().disk_mib <= 1024 * min(flavor["disk"] for flavor in contents.FLAVORS)


def test_numbers_match_what_grub_is_told() -> None:
    # grub-mkimage's prefix says (hd0,gpt2), and the boot code starts at the BIOS boot partition.
    plan = layout.plan()
    assert (plan.bios_boot.number, plan.boot.number, plan.boot.mount) == (1, 2, "/boot")
    assert plan.bios_boot.start == 2048
    assert plan.boot.offset == 2 * layout.MIB
    assert "-p '(hd0,gpt2)/grub'" in rootfs.CUSTOMIZE.read_text()


def test_what_grows_is_the_last_one_by_its_type() -> None:
    last = layout.plan().partitions[-1]
    assert (last.mount, last.type_guid) == ("/var", layout.TYPE_VAR)
    assert [part.mount for part in layout.plan().mounted if part.type_guid == layout.TYPE_VAR] == ["/var"]
    assert "Type=var" in (rootfs.OVERLAY / "etc/repart.d/50-var.conf").read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "want /boot first"),
        (
            "- {mount: /, mib: 9, options: [], why: w}\n- {mount: /var, mib: 9, options: [], why: w}",
            "/boot first",
        ),
        (
            "- {mount: /boot, mib: 9, options: [], why: w}\n- {mount: /var, mib: 9, options: [], why: w}",
            "one /",
        ),
        (
            "- {mount: /boot, mib: 9, options: [], why: w}\n- {mount: /, mib: 9, options: [], why: w}",
            "/var last",
        ),
        ("- {mount: /boot, mib: 9, options: []}", "why"),
        ("- {mount: /boot, mib: much, options: [], why: w}", "much"),
        ("boot", "each partition says"),
    ],
)
def test_a_table_that_no_host_could_use_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "t.yaml").write_text(text)
    with pytest.raises(ImageError, match=words):
        layout.plan(tmp_path / "t.yaml")


def test_sfdisk_script_names_every_partition_once() -> None:
    plan = layout.plan()
    script = plan.sfdisk_script("D", {part.number: f"G{part.number}" for part in plan.partitions})
    lines = [line for line in script.splitlines() if line.startswith("start=")]
    assert lines[0] == f'start=2048, size=2048, type={layout.TYPE_BIOS_BOOT}, uuid=G1, name="bios-boot"'
    assert lines[1] == f'start=4096, size={256 * 2048}, type={layout.TYPE_DATA}, uuid=G2, name="boot"'
    assert [line.split('"')[1] for line in lines[2:]] == [
        *("root", "home", "tmp", "var-tmp", "var-log", "var-log-audit", "var")
    ]


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
    part = layout.plan().bios_boot
    patched = layout.core_image(core(100_000), part)  # 196 sectors, the last one partly filled
    assert len(patched) == 196 * 512
    assert struct.unpack_from("<QHH", patched, 0x1F4) == (2049, 195, 0x820)
    assert patched[512:100_000] == b"\xaa" * (100_000 - 512)


def test_core_image_fills_the_partition_exactly_but_no_further() -> None:
    part = layout.plan().bios_boot
    assert len(layout.core_image(core(layout.MIB), part)) == layout.MIB
    with pytest.raises(ImageError, match="needs 2049 sectors"):
        layout.core_image(core(layout.MIB + 1), part)


def test_a_core_image_whose_own_count_disagrees_is_refused() -> None:
    with pytest.raises(ImageError, match="says it has 9 further sectors"):
        layout.core_image(core(4096, counted=9), layout.plan().bios_boot)
