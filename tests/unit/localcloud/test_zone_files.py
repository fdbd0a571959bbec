"""What a zone's processes are given: files, commands and folders; the first zone's are those of before."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

from localcloud import render, steps
from localcloud.model import Cloud
from localcloud.zones import Zone

SERVICES = steps.load()
TWO = {step.name: step for step in steps.ordered(SERVICES, 2)}
SECOND = {name: step for name, step in TWO.items() if step.zone == 2}


def values_of(cloud: Cloud, number: int) -> dict[str, Any]:
    machine = {"virt_type": "qemu", "apt_proxy": "", "mirrors": []}
    return render.context(cloud, SERVICES, Path("/venv"), machine) | {"zone": Zone(cloud, number)}


@pytest.fixture(name="cloud")
def _cloud(tmp_path: Path) -> Cloud:
    cloud = Cloud("unit", 3, tmp_path)
    cloud.complete_secrets(steps.accounts(SERVICES))
    return cloud


@pytest.mark.parametrize("name", [name for name, step in SECOND.items() if step.service != "zone"])
def test_no_step_of_a_second_zone_uses_a_socket_of_the_firsts_hypervisor(name: str, cloud: Cloud) -> None:
    step, values = SECOND[name], values_of(cloud, 2)
    text = str([render.deep(it, values) for it in (step.body, list(step.before), step.ready, step.env)])
    assert not re.search(rf"{cloud.sock}/(ovs|libvirt)/", text)


def test_the_second_hypervisor_has_its_own_name_folders_and_sockets(cloud: Cloud) -> None:
    found = render.files(values_of(cloud, 2), SERVICES)
    assert set(found) == {
        "nova/nova-compute.conf",
        "ovs/keep-address",
        "zone/haproxy.cfg",
        *(f"libvirt/{name}" for name in ("libvirtd.conf", "qemu.conf", "qemu-wrapper", "virtlogd.conf")),
    }
    conf = found["nova/nova-compute.conf"]
    assert "\nhost = hypervisor-2\n" in conf
    assert f"\nstate_path = {cloud.root}/state/az2/nova\n" in conf
    assert f"\nlock_path = {cloud.root}/state/az2/lock/nova\n" in conf
    assert "socket=/run/socle/unit/az2/libvirt/libvirt-sock" in conf
    assert "unix:/run/socle/unit/az2/ovs/db.sock" in conf
    # Or nova would take the other host's disks for its own when it moves a server.
    assert "\nmy_ip = 127.0.0.2\n" in conf


BEFORE = {"host": '"hypervisor-1"', "sock": "sock", "state": "state", "etc": "etc", "number": "1"}


class AsBefore(FileSystemLoader):
    """The templates with what clouds had before there were zones, where they name the zone's own."""

    def get_source(self, environment: Environment, template: str) -> Any:
        source, *rest = super().get_source(environment, template)
        return re.sub(r"\bzone\.(\w+)", lambda found: BEFORE[found[1]], source), *rest


def test_the_files_of_a_cloud_with_one_zone_are_byte_for_byte_those_of_before(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = render.files(values_of(cloud, 1), SERVICES)
    cloud.record(zones=2)
    assert render.files(values_of(cloud, 1), SERVICES) == found
    before = render.environment()
    before.loader = AsBefore(render.TEMPLATES)
    monkeypatch.setattr(render, "environment", lambda: before)
    assert render.files(values_of(cloud, 1), SERVICES) == found
    assert not any(name.startswith("zone/") or "az2" in text for name, text in found.items())


def test_the_second_hypervisor_reaches_every_api_and_the_queue_at_their_usual_addresses(cloud: Cloud) -> None:
    text = render.files(values_of(cloud, 2), SERVICES)["zone/haproxy.cfg"]
    binds = re.findall(r"bind 127\.0\.0\.1:(\d+) namespace socle-unit\.az2\n", text)
    servers = re.findall(r"server first 127\.0\.0\.1:(\d+) namespace socle-unit\n", text)
    assert binds == servers
    assert {int(port) for port in binds} == {*steps.endpoints(SERVICES), 5672}


def test_each_switch_is_watched_and_each_bridge_with_an_address_gets_it_back(cloud: Cloud) -> None:
    for number, switch in ((1, "ovs-vswitchd"), (2, "ovs-vswitchd@az2")):
        words = render.deep(TWO[switch].body, values_of(cloud, number))
        assert "--monitor" in words
    assert TWO["external-address"].zone == 1
    assert "external-address@az2" not in TWO
    for name, where, address in (
        ("underlay-address@az2", "inside", "198.18.254.2/24"),
        ("underlay-address-of-first@az2", "first", "198.18.254.1/24"),
    ):
        assert TWO[name].where == where
        assert render.deep(TWO[name].body, values_of(cloud, 2))[-1] == address


def test_each_hypervisor_is_a_chassis_of_its_own_at_the_one_southbound_database(cloud: Cloud) -> None:
    said = [
        {word.partition("=")[0]: word.partition("=")[2] for word in render.deep(TWO[name].body[0], values)}
        for name, values in (("bridges", values_of(cloud, 1)), ("bridges@az2", values_of(cloud, 2)))
    ]
    for key in ("system-id", "hostname", "ovn-encap-ip"):
        assert len({it[f"external-ids:{key}"] for it in said}) == 2
    assert {it["external-ids:ovn-remote"] for it in said} == {"unix:/run/socle/unit/ovn/sb.sock"}
    assert {it["external-ids:ovn-encap-type"] for it in said} == {"geneve"}


def test_what_a_zone_writes_lies_in_folders_of_its_own(cloud: Cloud, tmp_path: Path) -> None:
    no_venv = [replace(service, from_venv={}) for service in SERVICES]
    render.write(Zone(cloud, 2), no_venv, values_of(cloud, 2))
    assert {path.name for path in (tmp_path / "etc").iterdir()} == {"az2"}
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"az2"}
    assert (tmp_path / "state/az2/nova/instances").is_dir()
