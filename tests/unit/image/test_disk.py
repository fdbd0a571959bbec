"""A small tree written as a disk: each part in its own file system, with the rights it had."""

import subprocess
from pathlib import Path

import pytest

from localcloud.image import disk, layout

FOLDERS = {"boot": 0o700, "home": 0o755, "tmp": 0o1777, "var": 0o755, "var/log": 0o755, "var/tmp": 0o1777}
MOUNTS = {f"/{name}": mode for name, mode in FOLDERS.items()}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Each mount point with its rights and a file that tells where it lies."""
    root = tmp_path / "tree"
    for mount, mode in {"/": 0o755, **MOUNTS, "/var/log/audit": 0o750}.items():
        folder = root / mount.lstrip("/")
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        (folder / "here").write_text(mount)
    grub = root / "boot/grub/i386-pc"
    grub.mkdir(parents=True)
    (grub / "boot.img").write_bytes(bytes(512))
    (grub / "core.img").write_bytes(bytes(2048))
    return root


def asked(image: Path, part: layout.Partition, question: str) -> str:
    argv = ["debugfs", "-R", question, f"{image}?offset={part.offset}"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_each_partition_holds_its_part_of_the_tree_and_nothing_else(tree: Path, tmp_path: Path) -> None:
    plan, image = layout.plan(), tmp_path / "disk.raw"
    folders = disk.split(tree, plan, tmp_path / "parts")
    disk.write(folders, image, plan, "key", tmp_path / "log", epoch=1)
    for part in plan.mounted:
        assert asked(image, part, "cat /here") == part.mount
    root = asked(image, plan.root, "ls -p /")
    for name in ("boot", "home", "tmp", "var"):
        assert f"/{name}/" in root
    assert "/here/" not in asked(image, plan.root, "ls -p /var")
    assert "/here/" not in asked(image, plan.mounted[-1], "ls -p /log")


@pytest.mark.parametrize(("mount", "mode"), MOUNTS.items())
def test_the_top_of_a_file_system_has_the_rights_of_its_folder(
    tree: Path, tmp_path: Path, mount: str, mode: int
) -> None:
    plan, image = layout.plan(), tmp_path / "disk.raw"
    disk.write(disk.split(tree, plan, tmp_path / "parts"), image, plan, "key", tmp_path / "log", epoch=1)
    part = next(part for part in plan.mounted if part.mount == mount)
    words = asked(image, part, "stat <2>").split()
    assert int(words[words.index("Mode:") + 1], 8) == mode
