"""`socle drift` from end to end: the command line, states by a stand-in pulumi, a cloud by the stand-in."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from socle import cli
from socle.drift import allowed
from socle.drift import cli as verbs
from tests.unit.drift.answers import states
from tests.unit.drift.standin import Cloud, standing
from tests.unit.drift.test_busy import locked

# openstacksdk's own deprecations of its own words.
pytestmark = pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")

Run = Callable[..., tuple[int, str, str]]
# Says an exported state by the stack's name, and what a preview or refresh is told to say.
PULUMI = """#!{python}
import json, os, sys
here, words = os.path.dirname(os.path.abspath(__file__)), sys.argv[1:]
stack = words[words.index("--stack") + 1]
name = "export" if words[:2] == ["stack", "export"] else words[0]
for file in (f"{{name}}-{{stack}}.json", f"{{name}}.json"):
    if os.path.exists(os.path.join(here, file)):
        said = json.load(open(os.path.join(here, file)))
        sys.stdout.write(said["out"]); sys.stderr.write(said.get("err", "")); sys.exit(said["code"])
sys.exit(f"nothing for {{words}}")
"""
NONE = {
    "environments": ["local"],
    "state": "unproven",
    "kind": "application credential of others",
    "thing": "all",
    "reason": "No credential of ours may list them; the space's are renewed and revoked by socle space renew",
    "owner": "platform engineering",
    "approver": "security officer",
    "granted": str(date.today()),
    "expiry": str(date.today() + timedelta(days=100)),
}
UNTOLD = [NONE, *({**NONE, "kind": kind} for kind in ("EC2 credential", "trust"))]
"""What no credential of a scan is told."""


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with standing() as found:
        yield found


@pytest.fixture
def pulumi(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "pulumi"
    program.write_text(PULUMI.format(python=sys.executable))
    program.chmod(0o755)
    for stack, state in states().items():
        tell(folder, f"export-{stack}", json.dumps(state))
    tell(folder, "preview", json.dumps({"steps": [{"op": "same", "urn": "a::b::c::d"}]}))
    tell(folder, "refresh", "")
    return folder


def tell(folder: Path, name: str, out: str, code: int = 0, err: str = "") -> None:
    (folder / f"{name}.json").write_text(json.dumps({"out": out, "code": code, "err": err}))


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "drift.yaml"
    monkeypatch.setattr(allowed, "FILE", file)
    file.write_text(json.dumps({"allowed": UNTOLD}))
    return file


@pytest.fixture
def run(  # noqa: PLR0917 - fixtures
    cloud: Cloud,
    pulumi: Path,
    table: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    for name in list(os.environ):
        if name.startswith(("OS_", "PULUMI_", "SOCLE_")):
            monkeypatch.delenv(name)
    auth = {"auth_url": f"{cloud.url}/identity/v3"}
    entries = {
        "platform": {
            "auth_type": "v3applicationcredential",
            "auth": {
                **auth,
                "application_credential_id": "the-scans-own",
                "application_credential_secret": "secret",
            },
        },
        "customer": {
            "auth_type": "v3password",
            "auth": {**auth, "user_id": "m", "password": "secret", "domain_id": "domain-id"},
        },
    }
    shared = {"region_name": "R", "identity_api_version": "3"}
    clouds = tmp_path / "clouds.yaml"
    clouds.write_text(yaml.safe_dump({"clouds": {name: {**it, **shared} for name, it in entries.items()}}))
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(clouds))
    monkeypatch.setenv("OS_CLOUD", "platform")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    prepare = verbs.prepare
    monkeypatch.setattr(verbs, "prepare", lambda it, pulumi=False, **how: prepare(it, **how))  # noqa: ARG005
    real = verbs.Scan.run

    def before(scan: Any, pairs: Any) -> Any:
        scan.environment.variables["PATH"] = f"{pulumi}{os.pathsep}{scan.environment.variables['PATH']}"
        return real(scan, pairs)

    monkeypatch.setattr(verbs.Scan, "run", before)
    assert table.exists()

    def _run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["socle", "drift", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return _run


def test_the_table_that_is_committed_can_be_read() -> None:
    for environment in ("local", "full"):
        found = allowed.load(environment).entries
        assert any(it.thing == f"{environment}-drift" for _, it in found)
        assert not any("{" in it.thing for _, it in found)
    assert allowed.load("production").entries == ()


ENGINE = ("--only", "code,refresh,cloud")


def test_clean_scans_in_a_row_end_with_0_and_are_chained(run: Run) -> None:
    for _ in range(2):
        code, out, err = run(*ENGINE)
        assert (code, err) == (0, "")
        assert "3 waived" in out
        assert "requests for lists" in out
    code, out, _ = run("verify")
    assert code == 0
    assert "1 pass" in out


def test_findings_end_with_3_and_say_field_and_next_command(run: Run, cloud: Cloud) -> None:
    port = next(it for it in cloud.lists["/network/ports"] if it["name"] == "local-services")
    port["security_groups"].append("default-group")
    cloud.lists["/identity/v3/role_assignments"].append(
        {"user": {"id": "x", "name": "mallory"}, "role": {"id": "r", "name": "member"},
         "scope": {"project": {"id": "p", "name": "platform"}}}
    )  # fmt: skip
    code, out, _ = run("--only", "cloud", "--format", "json")
    said = [it for it in json.loads(out)["records"] if it["verdict"] == "fail"]
    assert code == 3
    assert {it["check"] for it in said} == {"drift-port.security_groups", "drift-role-assignment-unmanaged"}
    of_port = next(it for it in said if it["check"].startswith("drift-port"))
    assert port["id"] in of_port["target"]
    assert "default-group" in of_port["observed"]
    assert "default-group" not in of_port["expected"]
    assert of_port["fix"].startswith("openstack port set --no-security-group --security-group ")
    assert of_port["severity"] == "high"
    other = next(it for it in said if "role" in it["check"])
    assert "mallory" in other["target"]
    code, out, _ = run("--only", "cloud", "--plan")
    assert code == 3
    assert of_port["fix"] in out.splitlines()


@pytest.mark.parametrize("form", ["junit", "sarif", "markdown", "table"])
def test_every_format_says_it(run: Run, cloud: Cloud, form: str) -> None:
    cloud.lists["account"]["X-Account-Meta-Temp-Url-Key"] = "a-secret-of-somebody"
    code, out, _ = run("--only", "cloud", "--format", form)
    assert code == 3
    assert "temp" in out
    assert "a-secret" not in out


def test_unproven_ends_with_4_and_with_findings_with_3(run: Run, cloud: Cloud) -> None:
    cloud.faults["/network/ports"] = lambda _count, _give: (500, {}, b"")
    assert run("--only", "cloud")[0] == 4
    cloud.lists["containers"]["rogue"] = {}
    assert run("--only", "cloud")[0] == 3


def test_keystone_down_is_never_clean(run: Run, cloud: Cloud) -> None:
    cloud.refuses = True
    code, out, _ = run("--only", "cloud")
    assert code == 4
    assert "0 pass" not in out


@pytest.mark.parametrize("ahead", [4000, -4000])
def test_a_clock_that_differs_is_unproven(run: Run, cloud: Cloud, ahead: int) -> None:
    cloud.seconds_ahead = ahead
    code, out, _ = run("--only", "cloud", "--format", "json")
    (clock,) = (it for it in json.loads(out)["records"] if it["verdict"] == "unproven")
    assert (code, clock["check"]) == (4, "drift-clock")
    assert "set the clock of this machine" in clock["fix"]


def test_a_clock_that_nobody_told_is_not_ours(run: Run, cloud: Cloud) -> None:
    cloud.refuses = True
    code, out, _ = run("--only", "cloud", "--format", "json")
    (clock,) = (it for it in json.loads(out)["records"] if it["check"] == "drift-clock")
    assert (code, clock["verdict"], clock["evidence"]) == (4, "unproven", "no service told its time")


def test_a_change_in_code_and_a_refresh_that_finds_one_are_findings(run: Run, pulumi: Path) -> None:
    step = {
        "op": "update",
        "urn": "urn:pulumi:local-data::hdh::a$openstack:x/y:Y::base",
        "detailedDiff": {"size": {}},
    }
    tell(pulumi, "preview-local-data", json.dumps({"steps": [step]}))
    tell(pulumi, "refresh-local-space-alpha", "", 7)
    code, out, _ = run("--only", "code,refresh", "--format", "json")
    said = [it for it in json.loads(out)["records"] if it["verdict"] == "fail"]
    assert code == 3
    assert {(it["check"], it["target"]) for it in said} == {
        ("drift-code-update", "local-data openstack:x/y:Y base"),
        ("drift-refresh", "local-space-alpha"),
    }


def test_an_engine_that_fails_is_unproven(run: Run, pulumi: Path) -> None:
    tell(pulumi, "preview-local-data", "", 255, "error: it broke")
    tell(pulumi, "refresh-local-data", "", 1, "error: no answer from the cloud")
    code, out, _ = run("--only", "code,refresh", "--format", "json")
    assert code == 4
    why = [it["evidence"] for it in json.loads(out)["records"] if it["verdict"] == "unproven"]
    assert any("it broke" in it for it in why)
    assert any("no answer" in it for it in why)


def test_an_up_that_begins_during_a_scan_makes_its_stack_unproven_and_no_other(
    run: Run, cloud: Cloud, tmp_path: Path
) -> None:
    def begin(_count: int, give: Any) -> Any:
        (backend,) = (tmp_path / "state").rglob("backend")
        locked(backend.parent, "local-space-alpha")
        return give()

    cloud.faults["/network/ports"] = begin
    code, out, _ = run("--only", "cloud", "--format", "json")
    records = json.loads(out)["records"]
    unproven = [it for it in records if it["verdict"] == "unproven"]
    assert code == 4
    assert {it["check"] for it in unproven} >= {"drift-lock", "drift-server-unproven"}
    assert all("anna@" in it["evidence"] and "since" in it["evidence"] for it in unproven)
    assert any("local-alpha-desk" in it["target"] for it in unproven)
    assert any("local-bastion" in it["target"] and it["verdict"] == "pass" for it in records)


def test_a_stack_that_was_never_deployed_is_unproven(run: Run, pulumi: Path) -> None:
    tell(pulumi, "export-local-data", "", 255, "error: no stack named 'local-data' found")
    code, out, _ = run("--only", "cloud", "--format", "json")
    assert code == 3  # what it declares is unmanaged to everybody else
    unread = [it for it in json.loads(out)["records"] if it["verdict"] == "unproven"]
    assert [it["target"] for it in unread] == ["stack local-data"]


def test_an_environment_that_was_never_deployed_is_bad_input(run: Run, pulumi: Path) -> None:
    for stack in states():
        tell(pulumi, f"export-{stack}", "", 255, f"error: no stack named '{stack}' found")
    code, out, err = run("--only", "cloud")
    assert (code, out) == (2, "")
    assert "never deployed" in err


def test_a_stack_whose_state_is_empty_was_never_deployed(run: Run, pulumi: Path) -> None:
    for stack in states():
        tell(pulumi, f"export-{stack}", json.dumps({"version": 3, "deployment": {"manifest": {}}}))
    code, out, err = run("--only", "cloud")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert "never deployed" in err
    tell(pulumi, "export-local-data", json.dumps(states()["local-data"]))
    assert run("--only", "cloud")[0] == 3  # the other stacks' things are nobody's then, and these unproven


def test_states_of_another_cloud_are_bad_input(
    run: Run, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.drift.standin.PROJECT", "another")
    assert cloud
    code, _, err = run("--only", "cloud")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "the credential opens another" in err


def test_an_entry_lets_a_finding_be_until_its_end(run: Run, cloud: Cloud, table: Path) -> None:
    cloud.lists["containers"]["rogue"] = {}
    entry = {**NONE, "state": "unmanaged", "kind": "container", "thing": "rog*"}
    table.write_text(json.dumps({"allowed": [*UNTOLD, entry]}))
    assert run("--only", "cloud")[0] == 0
    ended = {**entry, "granted": "2026-01-01", "expiry": "2026-02-01"}
    table.write_text(json.dumps({"allowed": [*UNTOLD, ended]}))
    code, out, _ = run("--only", "cloud", "--format", "json")
    failed = {it["check"] for it in json.loads(out)["records"] if it["verdict"] == "fail"}
    assert (code, failed) == (3, {"drift-container-unmanaged", "drift-allow-list"})


def test_an_entry_of_tomorrow_allows_nothing_today(run: Run, cloud: Cloud, table: Path) -> None:
    cloud.lists["containers"]["rogue"] = {}
    day = date.today() + timedelta(days=100)
    entry = {**NONE, "state": "unmanaged", "kind": "container", "thing": "rog*"}
    entry |= {"granted": str(day), "expiry": str(day + timedelta(days=100))}
    table.write_text(json.dumps({"allowed": [*UNTOLD, entry]}))
    code, out, err = run("--only", "cloud", "--format", "json")
    failed = {it["check"]: it["evidence"] for it in json.loads(out)["records"] if it["verdict"] == "fail"}
    assert (code, err, set(failed)) == (3, "", {"drift-container-unmanaged", "drift-allow-list"})
    assert f"is granted from {day} on" in failed["drift-allow-list"]


def test_an_entry_that_matches_nothing_is_a_finding(run: Run, table: Path) -> None:
    table.write_text(json.dumps({"allowed": [*UNTOLD, {**NONE, "state": "unmanaged", "kind": "server"}]}))
    code, out, _ = run("--only", "cloud", "--format", "json")
    assert code == 3
    assert "matches nothing" in out


def test_nothing_is_said_of_an_entry_whose_kind_was_not_read(run: Run, cloud: Cloud, table: Path) -> None:
    table.write_text(json.dumps({"allowed": [*UNTOLD, {**NONE, "state": "unmanaged", "kind": "server"}]}))
    cloud.faults["/compute/servers/detail"] = lambda _count, _give: (500, {}, b"")
    assert run("--only", "cloud")[0] == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"expiry": None}, "expiry"),
        ({"expiry": str(date.today() + timedelta(days=181))}, "more than 180 days"),
        ({"granted": str(date.today()), "expiry": str(date.today() - timedelta(days=1))}, "before 'granted'"),
        ({"owner": ""}, "owner"),
        ({"state": "fine"}, "state"),
        ({"field": "name"}, "'field' goes with state changed"),
        ({"colour": "red"}, "unknown key"),
    ],
)
def test_a_wrong_table_is_bad_input_with_its_line(
    run: Run, table: Path, change: dict[str, Any], said: str
) -> None:
    table.write_text(json.dumps({"allowed": [*UNTOLD, {**NONE, **change}]}))
    code, out, err = run("--only", "cloud")
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert said in err
    assert "stacks/drift.yaml:" in err


def test_bad_usage_is_one_line(run: Run) -> None:
    for words in (("--only", "sky"), ("--lang", "xx"), ("--output", "/no/such/folder/x")):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1
