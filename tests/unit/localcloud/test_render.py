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


def test_a_backup_lies_in_an_account_that_is_not_its_owners(values: dict[str, Any]) -> None:
    backups = ini(render.files(values, SERVICES)["cinder/cinder.conf"])["DEFAULT"]
    # `per_user` would store it with whoever asked, who may change the volume, and then its backup too.
    assert (backups["backup_swift_auth"], backups["backup_swift_project"]) == ("single_user", "service")
    assert backups["backup_swift_key"] == values["secrets"][f"os_{backups['backup_swift_user']}"]
    # Its pieces are hashed in blocks of 32 KiB, and cinder refuses a size that does not divide.
    assert int(backups["backup_swift_object_size"]) % 32768 == 0


def test_what_opens_volumes_finds_them_and_root_as_cinder_volume_does(values: dict[str, Any]) -> None:
    shims = {
        step.name: commands.environment(step, values)["PATH"].split(":")[0]
        for step in ORDER
        if step.name in ("cinder-volume", "cinder-backup")
    }
    assert shims == dict.fromkeys(("cinder-volume", "cinder-backup"), str(values["etc"] / "shims"))


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
    binds = [line.split()[1:] for line in text.splitlines() if line.strip().startswith("bind ")]
    ports = set(steps.endpoints(SERVICES))
    outside = [words[0] for words in binds if "namespace" not in words]
    assert sorted(outside) == sorted(f"127.77.3.1:{port}" for port in ports)
    # Guests and cinder-backup, behind the walls.
    inside = {words[0] for words in binds if words[-2:] == ["namespace", "socle-unit"]}
    assert inside == {*(f"198.18.255.1:{port}" for port in (3142, 5000, 8080)), "127.77.3.1:8080"}
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
