"""The data volume is ciphertext to the hypervisor: shown by libvirt, qemu-img and a marker's absence."""

from __future__ import annotations

import json
import secrets
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.cloud.live import CLOUD, SERVICES, cloud_folder, on_host, outputs, run


def volume_file() -> Path:
    """The file in which the hypervisor keeps the data volume."""
    volume = outputs()["data_volume"]["id"]
    found = [f for f in (cloud_folder() / "state").rglob(f"volume-{volume}*") if f.is_file()]
    assert found, f"no file of volume {volume} under the cloud's folder"
    return found[0]


def holds(file: Path, marker: str) -> bool:
    return subprocess.run(["grep", "-aqF", marker, str(file)], check=False).returncode == 0


def test_libvirt_unlocks_the_disk_with_a_key() -> None:
    socket = Path("/run/socle", CLOUD, "libvirt/libvirt-sock")
    virsh = ["virsh", "-c", f"qemu+unix:///system?socket={socket}"]
    names = run(*virsh, "list", "--name").stdout.split()
    domains = [run(*virsh, "dumpxml", name).stdout for name in names]
    disks = [disk for domain in domains for disk in ET.fromstring(domain).iter("disk")]  # noqa: S314
    volume = outputs()["data_volume"]["id"]
    ours = [disk for disk in disks if disk.findtext("serial") == volume]
    assert len(ours) == 1
    encryption = ours[0].find(".//encryption")
    assert encryption is not None
    assert encryption.get("format") == "luks"


def test_qemu_img_sees_luks() -> None:
    info = json.loads(run("qemu-img", "info", "-U", "--output=json", str(volume_file())).stdout)
    details = info.get("format-specific", {}).get("data", {})
    assert info["format"] == "luks" or details.get("encrypt", {}).get("format") == "luks", info


def test_a_marker_is_not_found_in_the_volume_but_is_on_the_plain_root_disk() -> None:
    marker = f"socle-marker-{secrets.token_hex(12)}"
    for path in (outputs()["data_volume"]["mount"] + "/marker", "/var/tmp/marker"):  # noqa: S108
        on_host(SERVICES, f"echo {marker} | sudo tee {path} >/dev/null && sudo sync {path}")
    assert marker in on_host(SERVICES, f"sudo cat {outputs()['data_volume']['mount']}/marker")
    roots = list((cloud_folder() / "state").rglob("instances/*/disk"))
    assert any(holds(root, marker) for root in roots), "the same search must find what is not encrypted"
    assert not holds(volume_file(), marker)
