"""The catalogue's checks of bastion and people on a real sshd: each break wakes its own check alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from socle.admin import authority
from socle.admin.store import Store
from socle.records import Verdict
from tests.hosts.checks import Host, State
from tests.hosts.collector import access
from tests.hosts.judge import judge
from tests.hosts.remote import COLLECTOR
from tests.unit.controls.shared import by_id
from tests.unit.roles.conftest import listed
from tests.unit.roles.machine import JUMPERS, PEOPLE, TARGETS, Machine, sshd_program

CONTROLS = ("SOC-SSH-03", "SOC-SSH-04", "SOC-SSH-06", "SOC-SSH-07", "SOC-BAS-01", "SOC-BAS-02", "SOC-BAS-03")
HOST = Host(
    "b",
    "127.0.0.1",
    22,
    "automation",
    "",
    ("always", "bastion", "people"),
    accounts=("automation", "jump", *PEOPLE),
    people=tuple(PEOPLE),
    administered=tuple(TARGETS),
    jumpers=tuple(JUMPERS),
)
# The collector's own functions, where the host's python3 would run them.
ASK = """import json, sys, types
package = sys.modules["tests.hosts.collector"] = types.ModuleType("tests.hosts.collector")
for name, text in json.load(sys.stdin):
    module = sys.modules["tests.hosts.collector." + name] = types.ModuleType(name)
    exec(text, module.__dict__)
request = {"people": sys.argv[1:]}
print(json.dumps({"identities": module.identities(request), "recorded": module.recorded(request)}))
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    store = Store(tmp_path_factory.mktemp("ca") / "people", "local")
    with store.locked():
        authority.ensure(store)
        authority.published(store)
    made = Machine()
    try:
        made.converge(store.public.read_text().strip(), listed(store))
        made.start_sshd()
        # What systemd would answer here.
        journal = f"#!/bin/sh\ncat {made.records}\n"
        made.run(
            "sh", "-c", "mkdir -p /run/bin; cat > /run/bin/journalctl; chmod 755 /run/bin/*", text=journal
        )
        yield made
    finally:
        made.close()


def state(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> State:
    def run(*argv: str, **_options: Any) -> str:
        if argv[0] == "hostname":
            return "127.0.0.1 \n"
        # An sshd older than Debian 13's has no word for a user that is none.
        words = [word.replace(",invalid-user", "") for word in argv[1:]]
        done = machine.run(str(sshd_program()), *words)
        if done.returncode:
            raise OSError(done.stderr)
        return done.stdout

    monkeypatch.setattr(access, "run", run)
    monkeypatch.setattr(access, "sshd_arguments", lambda: ["-o", "UsePAM=yes"])
    monkeypatch.setattr(access, "ETC", machine.folder / "etc")
    (machine.folder / "etc").mkdir(exist_ok=True)
    if not (machine.folder / "etc/ssh").exists():
        (machine.folder / "etc/ssh").symlink_to(machine.folder / "etc-ssh")
    sshd = access.sshd({"account": "automation", "sources": []})
    texts = json.dumps([(name, (COLLECTOR / f"{name}.py").read_text()) for name in ("base", "people")])
    path = "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    done = machine.run("env", f"PATH={path}", "/usr/bin/python3", "-I", "-c", ASK, *PEOPLE, text=texts)
    assert done.returncode == 0, done.stderr
    found = {"sshd": {"value": sshd}}
    return State(found | {name: {"value": value} for name, value in json.loads(done.stdout).items()})


def failing(seen: State, recorder: Path) -> dict[str, str]:
    """Controls that do not hold. The recorder lies elsewhere here; all else is as the catalogue has it."""
    found = {}
    for name in CONTROLS:
        control = by_id(name)
        for answer in seen.sections["sshd"]["value"]:
            said = answer["options"].get("forcecommand", [])
            answer["options"]["forcecommand"] = [
                word.replace(str(recorder), "/usr/lib/socle/record") for word in said
            ]
        record = judge(control, HOST, seen)
        if record.verdict is not Verdict.PASS:
            found[name] = record.observed or record.evidence
    return found


def test_all_hold_on_what_the_roles_rendered(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(state(machine, monkeypatch), machine.folder / "record") == {}


OTHER_BREAKS = {
    "SOC-SSH-03": "printf 'Match User jump\\n  MaxSessions 10\\n'",
    "SOC-SSH-04": "echo 'AllowUsers nobody'",
    "SOC-BAS-01": "printf 'Match User jump\\n  ForceCommand none\\n'",
    "SOC-BAS-02": "printf 'Match User ada\\n  AuthorizedKeysFile .ssh/authorized_keys\\n'",
    "SOC-BAS-03": "printf 'Match User bob\\n  ForceCommand /bin/bash\\n'",
}


@pytest.mark.parametrize("control", ["SOC-SSH-04", "SOC-SSH-06", "SOC-SSH-07", "SOC-BAS-01", "SOC-BAS-02"])
def test_the_catalogues_own_break_wakes_its_check_alone(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, control: str
) -> None:
    breaks(machine, monkeypatch, control, by_id(control).mutation, by_id(control).rollback)


@pytest.mark.parametrize("control", OTHER_BREAKS)
def test_other_breaks_are_seen_too(machine: Machine, monkeypatch: pytest.MonkeyPatch, control: str) -> None:
    file = "/etc/ssh/sshd_config.d/00-mutation.conf"
    breaks(machine, monkeypatch, control, f"{OTHER_BREAKS[control]} > {file}", f"rm -f {file}")


def test_a_recorder_that_does_not_answer_is_seen(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    away, back = ("mv /run/socle-record.socket /run/x", "mv /run/x /run/socle-record.socket")
    breaks(machine, monkeypatch, "SOC-BAS-03", away, back)


def test_a_profile_that_speaks_at_login_wakes_nothing(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    profiles = "/etc/profile.d/00-mutation.sh", "/etc/profile.d/01-mutation.sh"
    said = machine.run("sh", "-ec", f"echo 'readonly TMOUT=1' > {profiles[0]}; echo TMOUT=2 > {profiles[1]}")
    assert said.returncode == 0, said.stderr
    try:
        assert failing(state(machine, monkeypatch), machine.folder / "record") == {}
    finally:
        machine.run("rm", *profiles)


def breaks(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, control: str, mutation: str, rollback: str
) -> None:
    done = machine.run("sh", "-ec", mutation)
    assert done.returncode == 0, done.stderr
    try:
        noticed = failing(state(machine, monkeypatch), machine.folder / "record")
    finally:
        assert machine.run("sh", "-ec", rollback).returncode == 0
    assert set(noticed) == {control}, noticed  # what a rollback left would be seen by the next one
