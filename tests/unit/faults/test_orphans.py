"""The orphan inventory must see what it exists to see: each kind is left behind once, on purpose."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.faults.orphans import Snapshot, socle_folders

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


def test_nothing_new_is_nothing_left() -> None:
    before = Snapshot.take()
    assert Snapshot.take().left_since(before) == {}


def test_a_process_working_in_our_folder_is_seen() -> None:
    before = Snapshot.take()
    with subprocess.Popen(["sleep", "30"]) as plain:
        assert "processes" not in Snapshot.take().left_since(before)
        plain.kill()
    with subprocess.Popen(
        ["/bin/sh", "-c", f"read _; : {socle_folders()[1]}"], stdin=subprocess.PIPE
    ) as ours:
        assert any(socle_folders()[1] in line for line in Snapshot.take().left_since(before)["processes"])
        ours.kill()


def test_a_listening_socket_is_seen() -> None:
    before = Snapshot.take()
    with socket.create_server(("127.0.0.1", 0)):
        assert len(Snapshot.take().left_since(before)["listening"]) == 1


@needs_root
def test_a_namespace_and_a_veth_are_seen() -> None:
    name = f"socle-t{os.getpid()}"
    before = Snapshot.take()
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "link", "add", "sc-t0", "type", "veth", "peer", "sc-t1"], check=True)
        left = Snapshot.take().left_since(before)
        assert left["namespaces"] == [name]
        assert left["interfaces"] == ["sc-t0", "sc-t1"]
    finally:
        subprocess.run(["ip", "link", "del", "sc-t0"], check=False)
        subprocess.run(["ip", "netns", "del", name], check=True)


@needs_root
def test_a_mount_is_seen(tmp_path: Path) -> None:
    before = Snapshot.take()
    subprocess.run(["mount", "-t", "tmpfs", "none", str(tmp_path)], check=True)
    try:
        assert Snapshot.take().left_since(before)["mounts"] == [f"{tmp_path} (tmpfs)"]
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
