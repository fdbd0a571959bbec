"""Every template and every text of the services renders, and carries what it must."""

import configparser
from pathlib import Path
from typing import Any

import jinja2
import pytest

from localcloud import commands, render, steps, zones
from localcloud.model import Cloud
from localcloud.zones import Zone

SERVICES = steps.load()
ORDER = steps.ordered(SERVICES, 2)


@pytest.fixture(name="values")
def _values(tmp_path: Path) -> dict[str, Any]:
    cloud = Cloud("unit", 3, tmp_path)
    cloud.complete_secrets(steps.accounts(SERVICES))
    return render.context(
        cloud,
        SERVICES,
        Path("/venv"),
        {"virt_type": "qemu", "apt_proxy": "", "mirrors": ["http://mirror.test/debian"]},
    )


def ini(text: str) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.read_string(text)
    return parsed


def test_every_template_renders(values: dict[str, Any]) -> None:
    found = render.files(values, SERVICES)
    second = render.files(values | {"zone": Zone(values["zone"].cloud, 2)}, SERVICES)
    known = {path.relative_to(render.TEMPLATES).as_posix() for path in render.TEMPLATES.glob("*/*.j2")}
    assert {f"{name}.j2" for name in {**found, **second}} == {name for name in known if "-common" not in name}
    found |= {f"second/{name}": text for name, text in second.items()}
    assert all("{{" not in text and "{%" not in text for text in found.values())


def test_a_name_nobody_knows_fails(values: dict[str, Any]) -> None:
    with pytest.raises(jinja2.UndefinedError):
        render.text("{{ no_such_name }}", values)


@pytest.mark.parametrize("step", ORDER, ids=lambda step: step.name)
def test_every_step_renders_without_a_password_among_its_arguments(
    step: steps.Step, values: dict[str, Any]
) -> None:
    values |= {"zone": Zone(values["zone"].cloud, step.zone)}
    words = [str(word) for word in _words(render.deep([*step.before, step.ready], values))]
    if step.is_process:
        words += commands.arguments(step, values)
    elif step.kind in ("once", "each"):
        words += [str(word) for word in _words(render.deep(step.body, values))]
    commands.environment(step, values)
    exposed = [word for word in words if any(secret in word for secret in values["secrets"].values())]
    assert exposed == []


def _words(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [word for item in value.values() for word in _words(item)]
    return [word for item in value for word in _words(item)] if isinstance(value, list | tuple) else [value]


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("nova/nova.conf", "compute"),
        ("nova/nova-compute.conf", "compute"),
        ("neutron/neutron.conf", "network"),
        ("glance/glance-api.conf", "image"),
        ("cinder/cinder.conf", "block-storage"),
        ("barbican/barbican.conf", "key-manager"),
        ("placement/placement.conf", "placement"),
    ],
)
def test_tokens_are_checked_for_the_right_service(values: dict[str, Any], file: str, kind: str) -> None:
    section = ini(render.files(values, SERVICES)[file])["keystone_authtoken"]
    assert section["service_type"] == kind
    assert section["service_token_roles_required"] == "true"


def test_the_hypervisor_knows_no_database(values: dict[str, Any]) -> None:
    parsed = ini(render.files(values, SERVICES)["nova/nova-compute.conf"])
    assert not {"database", "api_database"} & set(parsed.sections())


@pytest.mark.parametrize(("virt", "model"), [("kvm", "host-passthrough"), ("qemu", "none")])
def test_the_processor_model_follows_the_kind_of_virtualisation(
    values: dict[str, Any], virt: str, model: str
) -> None:
    text = render.files(values | {"virt_type": virt}, SERVICES)["nova/nova-compute.conf"]
    assert ini(text)["libvirt"]["virt_type"] == virt
    assert ini(text)["libvirt"]["cpu_mode"] == model


def test_only_the_clouds_own_address_is_published(values: dict[str, Any]) -> None:
    text = render.files(values, SERVICES)["edge/haproxy.cfg"]
    binds = [line.split()[1] for line in text.splitlines() if line.strip().startswith("bind ")]
    ports = set(steps.endpoints(SERVICES))
    assert set(binds) == {f"127.77.3.1:{port}" for port in ports} | {
        f"198.18.255.1:{port}" for port in (3142, 5000, 8080)
    }
    for_guests = [line for line in text.splitlines() if "bind 198.18.255.1:" in line]
    assert all(line.endswith("namespace socle-unit") for line in for_guests)
    assert text.count("X-Forwarded-Proto https") == len(ports)
    inner = [line for line in text.splitlines() if line.strip().startswith("server inside")]
    assert all(line.endswith("namespace socle-unit") for line in inner)


@pytest.mark.parametrize(("proxy", "lines"), [("", 0), ("http://192.0.2.1:8000", 1)])
def test_packages_go_out_as_the_hosts_apt_does(values: dict[str, Any], proxy: str, lines: int) -> None:
    text = render.files(values | {"apt_proxy": proxy}, SERVICES)["packages/acng.conf"]
    assert text.count("Proxy: ") == lines


def test_the_package_proxy_serves_debians_archives_and_nothing_else(values: dict[str, Any]) -> None:
    text = render.files(values, SERVICES)["packages/acng.conf"]
    assert "ForceManaged: 1\n" in text
    assert [line for line in text.splitlines() if line.startswith("Remap-")] == [
        "Remap-mirror1: http://mirror.test/debian ; http://mirror.test/debian"
    ]


def test_written_files_are_private_and_an_unchanged_one_keeps_its_inode(tmp_path: Path) -> None:
    cloud = Cloud("unit", 3, tmp_path)
    cloud.complete_secrets(steps.accounts(SERVICES))
    values = render.context(
        cloud, [], tmp_path, {"virt_type": "qemu", "apt_proxy": "", "mirrors": ["http://mirror.test/debian"]}
    )
    render.write(zones.first(cloud), [], values)
    wrapper = tmp_path / "etc/libvirt/qemu-wrapper"
    inode = wrapper.stat().st_ino
    render.write(zones.first(cloud), [], values)
    assert wrapper.stat().st_ino == inode
    assert wrapper.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "etc/nova/nova.conf").stat().st_mode & 0o777 == 0o600
