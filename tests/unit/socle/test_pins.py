"""Pins: learnt once, kept while the server stays, never changed silently, forgotten with the server."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pytest

from socle.errors import ExitCode, FailureError, FindingError, UnprovenError, UserError
from socle.hosts import pins as store
from socle.hosts.pin import fingerprint, pin_all
from socle.hosts.servers import Server
from socle.hosts.ssh import command
from tests.unit.socle.test_console import BOOT, block, key

BASTION = Server("id-b", "local-bastion", ("bastion",), "admin", "ACTIVE", "10.16.1.10", "172.24.0.60")
SERVICES = Server("id-s", "local-services", ("resolver", "time"), "services", "ACTIVE", "10.16.2.10", None)


@dataclass
class Cloud:
    """Servers whose consoles say what the test lets them say, one text a look."""

    listed: list[Server] = field(default_factory=lambda: [BASTION, SERVICES])
    logs: dict[str, list[str]] = field(default_factory=dict)
    now: float = 0.0
    said: list[str] = field(default_factory=list)

    def servers(self) -> list[Server]:
        return list(self.listed)

    def console_log(self, server: Server) -> str:
        texts = self.logs[server.id]
        return texts.pop(0) if len(texts) > 1 else texts[0]

    def sleep(self, seconds: float) -> None:
        self.now += seconds


Pinner = Callable[..., dict[str, str]]


@pytest.fixture
def cloud() -> Cloud:
    return Cloud(logs={"id-b": [BOOT + block(1)], "id-s": [BOOT + block(2)]})


@pytest.fixture
def pin(cloud: Cloud, tmp_path: Path) -> Pinner:
    def run(**options: object) -> dict[str, str]:
        arguments = {"timeout": 60.0, **options}
        pins = pin_all(
            cloud,
            tmp_path,
            cloud.said.append,
            clock=lambda: cloud.now,
            sleep=cloud.sleep,
            **arguments,  # type: ignore[arg-type]
        )
        return {entry.name: entry.key for entry in pins}

    return run


def known(folder: Path, name: str) -> str:
    """The key that ssh itself would accept for a name; empty when it knows none."""
    done = subprocess.run(
        ["ssh-keygen", "-F", name, "-f", str(folder / "known_hosts")],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()[-1].split()[2] if done.returncode == 0 else ""


def test_ssh_knows_each_host_by_all_its_names(pin: Pinner, tmp_path: Path) -> None:
    pin()
    assert {known(tmp_path, name) for name in BASTION.addresses} == {key(1)}
    assert {known(tmp_path, name) for name in SERVICES.addresses} == {key(2)}
    assert (tmp_path / "known_hosts").stat().st_mode & 0o077 == 0


def test_it_waits_until_the_last_key_appears_and_says_for_whom(cloud: Cloud, pin: Pinner) -> None:
    cloud.logs["id-s"] = [BOOT] * 8 + [BOOT + block(2)]
    assert pin().keys() == {"local-bastion", "local-services"}
    assert cloud.now == pytest.approx(40.0)
    assert any(line.startswith("local-services: cloud-init has not") for line in cloud.said)


def test_what_another_run_learns_meanwhile_is_kept(cloud: Cloud, pin: Pinner, tmp_path: Path) -> None:
    beside = Server("id-x", "local-beta-desk", ("workstation",), "spaces", "ACTIVE", "10.16.128.10", None)

    def sleep(seconds: float) -> None:
        cloud.now += seconds
        store.change(tmp_path, [store.pin_of(beside, f"ssh-ed25519 {key(3)}")])

    cloud.sleep = sleep  # type: ignore[method-assign]
    cloud.logs["id-s"] = [BOOT, BOOT + block(2)]
    pin()
    assert {known(tmp_path, name) for name in ("local-beta-desk", *SERVICES.addresses)} == {key(2), key(3)}


def test_a_server_that_another_run_pins_before_we_look_is_not_taken_for_gone(
    cloud: Cloud, pin: Pinner, tmp_path: Path
) -> None:
    beside = Server("id-x", "local-beta-desk", ("workstation",), "spaces", "ACTIVE", "10.16.128.10", None)

    def servers() -> list[Server]:
        listed = list(cloud.listed)
        # Made just after the list was.
        store.change(tmp_path, [store.pin_of(beside, f"ssh-ed25519 {key(3)}")])
        return listed

    cloud.servers = servers  # type: ignore[method-assign]
    pin()
    assert known(tmp_path, "local-beta-desk") == key(3)


def test_who_names_hosts_waits_for_no_other(cloud: Cloud, pin: Pinner, tmp_path: Path) -> None:
    cloud.logs["id-s"] = []  # asked for its console, it would fail
    pin(only=["local-bastion"])
    assert (cloud.now, known(tmp_path, "local-bastion")) == (0.0, key(1))


def test_the_wait_is_bounded_and_what_was_learnt_is_kept(cloud: Cloud, pin: Pinner, tmp_path: Path) -> None:
    cloud.logs["id-s"] = [BOOT]
    with pytest.raises(UnprovenError, match=r"local-services: no host key .* 60 s"):
        pin()
    assert known(tmp_path, "local-bastion") == key(1)
    assert known(tmp_path, "local-services") == ""


def test_a_key_that_changed_under_the_same_server_is_a_finding_and_the_old_pin_stays(
    cloud: Cloud, pin: Pinner, tmp_path: Path
) -> None:
    pin()
    cloud.logs["id-s"] = [BOOT + block(7)]
    with pytest.raises(FindingError, match="host key changed") as error:
        pin()
    assert error.value.exit_code is ExitCode.FINDINGS
    assert "--forget local-services" in str(error.value)
    assert known(tmp_path, "local-services") == key(2)
    assert pin(forget="local-services")["local-services"].endswith(key(7))


def test_a_console_that_scrolled_away_does_not_cost_the_pin(cloud: Cloud, pin: Pinner) -> None:
    pin()
    cloud.logs["id-s"] = ["login: "]
    assert pin()["local-services"].endswith(key(2))


def test_a_new_server_of_the_same_name_is_pinned_anew(cloud: Cloud, pin: Pinner, tmp_path: Path) -> None:
    pin()
    cloud.listed = [BASTION, replace(SERVICES, id="id-new", fixed="10.16.2.11")]
    cloud.logs["id-new"] = [BOOT + block(5)]
    assert pin()["local-services"].endswith(key(5))
    assert known(tmp_path, "10.16.2.10") == ""
    assert "local-services: its server is gone, pin forgotten" in cloud.said


def test_a_new_floating_address_moves_the_pin_with_it(cloud: Cloud, pin: Pinner, tmp_path: Path) -> None:
    pin()
    cloud.listed = [replace(BASTION, floating="172.24.0.99"), SERVICES]
    pin()
    assert known(tmp_path, "172.24.0.99") == key(1)
    assert known(tmp_path, "172.24.0.60") == ""


def test_a_server_in_error_is_named_with_novas_reason(cloud: Cloud, pin: Pinner) -> None:
    cloud.listed = [BASTION, replace(SERVICES, status="ERROR", fault="No valid host was found.")]
    with pytest.raises(FailureError, match=r"local-services: .*No valid host"):
        pin()


def test_a_cloud_that_does_not_answer_costs_no_pin(cloud: Cloud, pin: Pinner, tmp_path: Path) -> None:
    pin()

    def refuse() -> list[Server]:
        raise UnprovenError("could not list the servers")

    cloud.servers = refuse  # type: ignore[method-assign]
    with pytest.raises(UnprovenError):
        pin()
    assert known(tmp_path, "local-services") == key(2)


def test_two_servers_of_one_name_are_refused(cloud: Cloud, pin: Pinner) -> None:
    cloud.listed = [SERVICES, replace(SERVICES, id="id-2")]
    with pytest.raises(UserError, match="two servers"):
        pin()


def test_no_server_at_all_forgets_all_pins_and_says_so(cloud: Cloud, pin: Pinner, tmp_path: Path) -> None:
    pin()
    cloud.listed = []
    with pytest.raises(UserError, match="no server"):
        pin()
    assert (tmp_path / "known_hosts").read_text() == ""


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": "socle-pins/2"}', '{"format": "socle-pins/2", "pins": [{}]}']
)
def test_a_damaged_file_of_pins_is_one_line(tmp_path: Path, content: str) -> None:
    (tmp_path / "pins.json").write_text(content)
    with pytest.raises(UserError, match=r"pins\.json: not a file of pins"):
        store.load(tmp_path)


def test_fingerprints_are_those_of_ssh_keygen(tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_text(f"ssh-ed25519 {key(3)}\n")
    shown = subprocess.run(
        ["ssh-keygen", "-lf", str(tmp_path / "k.pub")], capture_output=True, text=True, check=True
    )
    assert fingerprint(f"ssh-ed25519 {key(3)}") == shown.stdout.split()[1]


def test_login_goes_straight_to_the_bastion_and_through_it_to_others(pin: Pinner, tmp_path: Path) -> None:
    pin()
    pins = store.load(tmp_path)
    assert command(pins, "local-bastion")[3:] == ["automation@172.24.0.60"]
    jump = command(pins, "local-services", ["sudo", "id"])[3:]
    assert jump == ["-J", "jump@172.24.0.60", "automation@10.16.2.10", "--", "sudo", "id"]
    with pytest.raises(UserError, match="known: local-bastion, local-services"):
        command(pins, "elsewhere")
    with pytest.raises(UserError, match="bastions"):
        command({"id-s": pins["id-s"]}, "local-services")


def test_a_kept_connection_is_one_of_the_folders_and_ends_by_itself(pin: Pinner, tmp_path: Path) -> None:
    pin()
    pins = store.load(tmp_path)
    kept = command(pins, "local-services", ["id"], tmp_path / "cp")
    options = [value for word, value in pairwise(kept) if word == "-o"]
    assert options == ["ControlMaster=auto", f"ControlPath={tmp_path}/cp/%C", "ControlPersist=60"]
    assert kept[kept.index("-J") :] == command(pins, "local-services", ["id"])[3:]
    assert not any("Control" in word for word in command(pins, "local-services", ["id"]))


def test_a_hosts_floating_ip_in_a_transit_network_is_reached_through_the_bastion(
    cloud: Cloud, pin: Pinner, tmp_path: Path
) -> None:
    desk = Server("id-d", "local-desk", ("workstation",), "spaces", "ACTIVE", "10.16.128.74", "10.16.32.19")
    cloud.listed.append(desk)
    cloud.logs["id-d"] = [BOOT + block(3)]
    pin()
    assert command(store.load(tmp_path), "local-desk")[3:] == [
        "-J",
        "jump@172.24.0.60",
        "automation@10.16.32.19",
    ]


def test_pins_of_hosts_that_had_one_role_are_still_read(pin: Pinner, tmp_path: Path) -> None:
    pin()
    kept = json.loads((tmp_path / "pins.json").read_text())
    old = [{**{k: v for k, v in e.items() if k != "roles"}, "role": e["roles"][0]} for e in kept["pins"]]
    (tmp_path / "pins.json").write_text(json.dumps({"format": "socle-pins/1", "pins": old}))
    assert store.load(tmp_path)["id-b"].roles == ("bastion",)
    assert pin()["local-services"].endswith(key(2))


def test_a_host_that_is_off_keeps_its_pin_and_is_not_waited_for(cloud: Cloud, pin: Pinner) -> None:
    before = pin()
    other = Server("id-o", "local-new", ("workstation",), "spaces", "SHUTOFF", "10.16.128.10", None, off=True)
    cloud.listed = [BASTION, replace(SERVICES, off=True), other]
    del cloud.logs["id-s"]  # nobody may ask for its console: there is none
    assert pin() == before
