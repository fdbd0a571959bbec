"""The first seal: where it goes, what it covers, and what is said when AIDE cannot make it."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from localcloud.image import build, rootfs, seal
from localcloud.image.errors import ImageError

RULES = (rootfs.OVERLAY / seal.CONFIG).read_text().splitlines()


def sealed(path: str) -> bool:
    """As AIDE decides it: an exclusion that matches wins, and a rule matches from the path's begin."""
    out = [line[1:] for line in RULES if line.startswith("!")]
    taken = [line.rpartition(" ")[0] for line in RULES if line.endswith(" SEALED")]
    return any(re.match(one, path) for one in taken) and not any(re.match(one, path) for one in out)


@pytest.mark.parametrize(
    "path",
    [
        "/usr/bin/sudo",
        "/usr/lib/x86_64-linux-gnu/libc.so.6",
        "/usr/local/sbin/socle-log-keep",
        "/usr/lib/socle/seal.sh",
        "/etc/ssh/sshd_config",
        "/etc/aide/socle.conf",
        "/etc/systemd/system/socle-seal-check.timer",
        "/boot/grub/grub.cfg",
        "/lib",
    ],
)
def test_what_a_host_runs_and_obeys_is_sealed(path: str) -> None:
    assert sealed(path)


@pytest.mark.parametrize(
    "path",
    [
        "/var/log/auth.log",
        "/var/cache/apt/pkgcache.bin",
        "/var/lib/apt/lists/x",
        "/home/ada/.bashrc",
        "/opt/automation/.ansible/tmp",
        "/root/.bash_history",
        "/srv/work/data",
        "/srv/data/logs/h/2026-01-01.log",
        "/usr/lib/python3/dist-packages/__pycache__/x.pyc",
        "/etc/resolv.conf",
        "/boot/lost+found",
        "/run/systemd/system/x.service",
    ],
)
def test_what_changes_by_itself_is_not(path: str) -> None:
    assert not sealed(path)


def test_a_seal_lies_where_hosts_look_for_it_and_only_root_reads_it(tmp_path: Path) -> None:
    kept, var = tmp_path / "emulated.seal", tmp_path / "var"
    kept.write_bytes(b"seal")
    kept.chmod(0o600)
    (var / seal.DATABASE).parent.mkdir(parents=True)
    seal.place(kept, var)
    assert (var / seal.DATABASE).read_bytes() == b"seal"
    assert stat.S_IMODE((var / seal.DATABASE).stat().st_mode) == 0o600
    assert f"database_in=file:/var/{seal.DATABASE}" in RULES


def test_a_tree_without_aide_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as caught:
        seal.make(tmp_path / "tree", tmp_path / "kept", tmp_path / "log")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "kept").exists()


def test_rules_and_maker_of_the_seal_are_the_images_inputs() -> None:
    assert {"seal.py", f"files/{seal.CONFIG}"} <= set(build.input_digests())
