"""`socle space renew` against a stand-in Keystone: what is due is renewed, wherever a run was killed."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import keystoneauth1.session
import pytest
import yaml

from infra import stackfile
from infra.stackfile import ROOT
from socle import cli
from socle.errors import ExitCode, FailureError
from socle.local import steps
from socle.space import credential, keystone, objects, renewals, show
from socle.space.credential import Held
from tests.unit.socle.keystone import ACCOUNT, MANAGERS, TICK, Keystone, standing

# openstacksdk's own way of saying so, about itself.
pytestmark = pytest.mark.filterwarnings(
    "ignore::openstack.warnings.RemovedInSDK50Warning", "ignore::openstack.warnings.RemovedInSDK60Warning"
)

Run = Callable[..., tuple[int, list[str], str]]
ALPHA, PROFILE = "stacks/Pulumi.local-space-alpha.yaml", "stacks/profiles/local.yaml"
STACK, BASE = "local-space-alpha", "local-base-hospital-stays"


@pytest.fixture
def cloud() -> Iterator[Keystone]:
    with standing() as found:
        found.space(STACK, BASE)
        yield found


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, cloud: Keystone, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tables, and an environment whose cloud is the stand-in."""
    for name in list(os.environ):
        if name.startswith(("OS_", "PULUMI_", "SOCLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path / "state"))
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    monkeypatch.setattr(stackfile, "ROOT", tmp_path)
    monkeypatch.setattr(keystone, "REVOCATION_SECONDS", TICK * 1.5)
    monkeypatch.setattr(steps, "converge", lambda *_, **__: None)  # there are no hosts to tell
    folder = tmp_path / "state/clouds/local"
    folder.mkdir(parents=True)
    where = {"auth_url": f"{cloud.url}/v3"}
    common = {"region_name": "R", "interface": "public", "identity_api_version": "3"}
    own = {**where, "application_credential_id": "platform", "application_credential_secret": "x"}
    theirs = {
        **where,
        "username": "manager",
        "password": MANAGERS,
        "user_domain_name": "hdh",
        "domain_name": "hdh",
    }
    clouds = {
        "platform": {"auth": own, "auth_type": "v3applicationcredential", **common},
        "customer": {"auth": theirs, **common},
    }
    (folder / "clouds.yaml").write_text(yaml.safe_dump({"clouds": clouds}))
    return tmp_path


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`socle space renew …`: exit code, what was said of spaces, errors."""

    def _run(*words: str) -> tuple[int, list[str], str]:
        monkeypatch.setattr(sys, "argv", ["socle", "space", "renew", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        said = [line.strip() for line in printed.out.splitlines() if "space " in line or "profile " in line]
        return int(ended.value.code or 0), said, printed.err

    return _run


def keys(tree: Path) -> Path:
    return tree / "state/envs/local/keys"


def held(tree: Path) -> Held:
    found = credential.read(keys(tree), STACK)
    assert found is not None
    return found


def handed(tree: Path) -> dict[str, Any]:
    clouds: dict[str, Any] = yaml.safe_load(credential.clouds_file(keys(tree), STACK).read_text())["clouds"]
    return clouds


def aged(tree: Path, left: int = 1, stack: str = STACK) -> None:
    """As if the present ones had this many days left."""
    path = credential.credential_file(keys(tree), stack)
    end = datetime.now(UTC) + timedelta(days=left, minutes=1)
    path.write_text(json.dumps({**json.loads(path.read_text()), "expires": end.isoformat()}))


def opens(cloud: Keystone, tree: Path) -> bool:
    """Whether all that was handed over is taken by the cloud."""
    auths = [entry["auth"] for entry in handed(tree).values()]
    names = ("application_credential_id", "application_credential_secret")
    return all(cloud.valid(*(auth[name] for name in names)) for auth in auths)


def test_a_new_space_gets_one_for_its_exchange_and_one_a_base(run: Run, cloud: Keystone, tree: Path) -> None:
    end = f"{datetime.now(UTC) + timedelta(days=90):%Y-%m-%d}"
    code, said, error = run()
    assert (code, error) == (0, "")
    assert f"space alpha: new credentials until {end} ({STACK}, {BASE}): it has none" in said[0]
    made = {one["project"]: one for one in cloud.credentials.values()}
    assert made.keys() == {f"id-of-{STACK}", f"id-of-{BASE}"}
    for one in made.values():
        assert one["unrestricted"] is False
        assert {rule["service"] for rule in one["access_rules"]} == {"object-store"}
    reads = {(rule["method"], rule["path"]) for rule in made[f"id-of-{BASE}"]["access_rules"]}
    assert reads == {(how, f"{ACCOUNT}/{BASE}{what}") for how in ("GET", "HEAD") for what in ("", "/**")}
    assert held(tree).settled
    assert opens(cloud, tree)
    assert {entry["object_store_endpoint_override"] for entry in handed(tree).values()} == {
        cloud.url + ACCOUNT
    }


def test_secrets_are_for_their_owner_and_in_no_word_of_ours(
    run: Run, tree: Path, cloud: Keystone, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = str(run())
    aged(tree)
    printed += str(run()) + str(held(tree)) + str(capsys.readouterr())
    logs = "".join(path.read_text() for path in (tree / "state/envs/local/log").iterdir())
    for one in held(tree).credentials.values():
        assert one.secret not in printed + logs
    password = cloud.users[f"user-of-{STACK}"]["password"]
    everywhere = [path for path in tree.rglob("*") if path.is_file()]
    assert not [path for path in everywhere if password.encode() in path.read_bytes()]
    found = [
        path for path in everywhere if held(tree).credentials[STACK].secret.encode() in path.read_bytes()
    ]
    assert {path.name for path in found} == {f"{STACK}.credentials.json", f"{STACK}.clouds.yaml"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}


def test_what_is_good_is_left_alone(run: Run, cloud: Keystone, tree: Path) -> None:
    run()
    before, password = held(tree), cloud.users[f"user-of-{STACK}"]["password"]
    code, said, _ = run()
    assert (code, held(tree)) == (0, before)
    assert f"space alpha: good until {before.expires:%Y-%m-%d}, nothing to do" in said[0]
    assert cloud.users[f"user-of-{STACK}"]["password"] == password, "its tokens were ended for nothing"


def test_what_ends_soon_is_replaced_and_the_old_revoked(run: Run, cloud: Keystone, tree: Path) -> None:
    run()
    old = set(held(tree).ids)
    aged(tree, 31)
    assert "nothing to do" in run()[1][0]
    aged(tree, 29)
    code, told, _ = run()
    assert code == 0
    assert "they end on" in told[0]
    assert "space alpha: 2 older ones revoked" in told[1]
    assert set(cloud.credentials) == set(held(tree).ids)
    assert not old & set(cloud.credentials)


def test_a_new_base_means_new_credentials(run: Run, cloud: Keystone, tree: Path) -> None:
    run()
    (tree / ALPHA).write_text(
        (tree / ALPHA)
        .read_text()
        .replace("bases: [hospital-stays]", "bases: [hospital-stays, nomenclatures]")
    )
    cloud.space(STACK, BASE, "local-base-nomenclatures")
    _, said, _ = run()
    assert "what it may ask for has changed" in said[0]
    assert "local-base-nomenclatures" in handed(tree)


def test_what_the_cloud_no_longer_takes_is_replaced(run: Run, cloud: Keystone, tree: Path) -> None:
    run()
    cloud.credentials.clear()
    _, said, _ = run()
    assert "the cloud no longer takes them" in said[0]
    assert opens(cloud, tree)


def test_near_the_last_day_nothing_is_renewed_for_ever(run: Run, tree: Path) -> None:
    last = datetime.now(UTC).date() + timedelta(days=10)
    (tree / ALPHA).write_text((tree / ALPHA).read_text().replace("expiry: 2029-12-31", f"expiry: {last}"))
    run()
    first = held(tree)
    assert first.expires.date() == last + timedelta(days=1)
    assert "nothing to do" in run()[1][0]
    assert held(tree) == first


def test_a_frozen_space_is_left_and_a_closed_ones_files_go(run: Run, cloud: Keystone, tree: Path) -> None:
    run()
    text = (tree / ALPHA).read_text()
    (tree / ALPHA).write_text(text.replace("phase: open", "phase: frozen"))
    asked = len(cloud.requests)
    assert "frozen, so nobody logs in as it" in run()[1][0]
    assert not [path for method, path in cloud.requests[asked:] if method in ("PATCH", "DELETE")]
    assert credential.read(keys(tree), STACK)
    (tree / ALPHA).write_text(text.replace("phase: open", "phase: closed"))
    assert "closed; its user is gone" in run()[1][0]
    assert not list(keys(tree).glob(f"{STACK}.c*"))


def test_a_preview_says_what_would_be_and_changes_nothing(run: Run, cloud: Keystone, tree: Path) -> None:
    code, said, _ = run("--preview")
    assert code == 0
    assert said[0].startswith("space alpha: would get new ones until")
    assert not cloud.credentials
    assert not keys(tree).exists()


def test_hosts_that_must_know_are_told_of_both_before_the_old_are_revoked(
    run: Run, cloud: Keystone, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    monkeypatch.setattr(renewals, "gateways", lambda _base: ["local-gate"])
    seen = []

    def converge(_context: object, only: list[str], families: list[str]) -> None:
        seen.append((only, families, held(tree).ids, set(cloud.credentials)))

    monkeypatch.setattr(steps, "converge", converge)
    aged(tree)
    assert run()[0] == 0
    both, delivered, new = seen
    assert [(told, families) for told, families, _, _ in seen] == [
        (["local-gate"], ["gateway"]),
        (["local-alpha-desk"], ["access"]),
        (["local-gate"], ["gateway"]),
    ]
    for found in (both, delivered):
        assert (set(found[2]), len(found[2])) == (found[3], 4)
    # And that the old are gone.
    assert (set(new[2]), len(new[2])) == (new[3], 2)
    assert len(cloud.credentials) == len(held(tree).ids) == 2


def test_a_workstation_that_is_lost_keeps_up_its_own_space_alone(
    run: Run, cloud: Keystone, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (tree / ALPHA).read_text().replace("number: 1\n", "number: 2\n", 1)
    (tree / "stacks/Pulumi.local-space-lost.yaml").write_text(text)
    cloud.space("local-space-lost", BASE)
    run()
    asked = []

    def converge(_context: object, only: list[str], families: list[str]) -> None:
        asked.append(only)
        if families == ["access"] and "local-lost-desk" in only:
            raise FailureError("ansible-playbook ended with 4")

    monkeypatch.setattr(steps, "converge", converge)
    for stack in (STACK, "local-space-lost"):
        aged(tree, stack=stack)
    code, said, error = run()
    assert (code, "ansible-playbook ended with 4" in error) == (ExitCode.OWN_FAILURE, True)
    assert asked[1:4] == [["local-alpha-desk", "local-lost-desk"], ["local-alpha-desk"], ["local-lost-desk"]]
    assert any("space alpha: 2 older ones revoked" in line for line in said)
    assert held(tree).settled
    lost = credential.read(keys(tree), "local-space-lost")
    assert lost
    assert (len(lost.ids), lost.settled) == (4, False)
    assert set(lost.ids) <= set(cloud.credentials), "what its workstation still has works"
    monkeypatch.setattr(steps, "converge", lambda *_, **__: None)
    assert "space lost: 2 older ones revoked" in str(run()[1])


def test_with_new_credentials_come_new_keys_for_objects(run: Run, tree: Path) -> None:
    run()
    first = objects.keys_of(keys(tree), STACK)
    assert len(first.identities) == 1
    aged(tree)
    run()
    second = objects.keys_of(keys(tree), STACK)
    assert second.identities[0] == first.identities[0]
    assert len(set(second.identities)) == 2
    assert second.origin == first.origin
    run()
    assert objects.keys_of(keys(tree), STACK) == second


def test_where_a_converge_follows_the_old_stay_until_the_next_renewal(
    run: Run, cloud: Keystone, tree: Path
) -> None:
    run()
    said: list[str] = []
    environment = renewals_environment()
    aged(tree)
    renewals.renew_spaces(environment, said.append, ["alpha"])
    assert said[-1] == "space alpha: the ones before stay until the next `socle space renew`"
    assert len(cloud.credentials) == len(held(tree).ids) == 4
    assert "old ones not revoked yet" in show.rows("local", datetime.now(UTC).date(), keys(tree))[0][-1]
    assert "2 older ones revoked" in run()[1][0]
    assert len(cloud.credentials) == len(held(tree).ids) == 2


def renewals_environment() -> Any:
    from socle.env import prepare

    return prepare("local")


class Killed(BaseException):
    """Nothing of ours catches it."""


def killed_at(moment: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Die before the request or file of this number: what was before it is done. Counts them."""
    count = [0]

    def dying(work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*args: Any, **kwargs: Any) -> Any:
            count[0] += 1
            if count[0] == moment:
                raise Killed
            return work(*args, **kwargs)

        return done

    monkeypatch.setattr(
        keystoneauth1.session.Session, "request", dying(keystoneauth1.session.Session.request)
    )
    monkeypatch.setattr(credential, "write_private", dying(credential.write_private))
    return count


def test_killed_anywhere_it_goes_on_and_what_was_handed_over_works_throughout(
    run: Run, cloud: Keystone, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    environment, moment = renewals_environment(), 0
    while True:
        moment += 1
        aged(tree)
        with monkeypatch.context() as patch:
            count = killed_at(moment, patch)
            try:
                renewals.renew_spaces(environment, str, tell=lambda _hosts: None)
                died = False
            except Killed:
                died = True
        assert opens(cloud, tree), f"killed at {moment}, what people have no longer works"
        present = {one.id for one in held(tree).credentials.values()}
        assert present <= set(cloud.credentials), f"killed at {moment}, the file holds what is gone"
        renewals.renew_spaces(environment, str, tell=lambda _hosts: None)
        assert held(tree).settled, moment
        assert set(cloud.credentials) == set(held(tree).ids), f"killed at {moment}, something is left"
        assert opens(cloud, tree)
        if not died:
            break
    assert count[0] > 15, "hardly anything was tried"


BAD = [
    (("moon",), ExitCode.USAGE, "local has no space moon; choose alpha"),
    (("../x",), ExitCode.USAGE, "'../x' cannot name a space; take at most 30 lower-case letters"),
    (("--within", "0"), ExitCode.USAGE, "Invalid value for '--within'"),
    (("--within", "soon"), ExitCode.USAGE, "Invalid value for '--within'"),
]


@pytest.mark.parametrize(("words", "code", "said"), BAD, ids=[" ".join(words) for words, _, _ in BAD])
def test_what_cannot_be_is_one_line(
    run: Run, cloud: Keystone, words: tuple[str, ...], code: ExitCode, said: str
) -> None:
    found, _, error = run(*words)
    assert (found, cloud.requests) == (code, [])
    assert said in error
    assert error.count("\n") == 1


def test_a_space_that_is_not_up_a_cloud_that_refuses_and_one_that_is_silent(
    run: Run, cloud: Keystone, tree: Path
) -> None:
    user = cloud.users.pop(f"user-of-{STACK}")
    code, _, error = run()
    assert (code, error.count("\n")) == (ExitCode.USAGE, 1)
    assert f"the cloud has no user {STACK}; run `pulumi up -s {STACK}`, then again" in error
    cloud.users[user["id"]] = {**user, "enabled": False}
    code, _, error = run()
    assert (code, error.count("\n")) == (ExitCode.OWN_FAILURE, 1)
    assert "space alpha: no new credentials" in error
    path = tree / "state/clouds/local/clouds.yaml"
    path.write_text(path.read_text().replace(cloud.url, "http://127.0.0.1:9"))
    code, _, error = run()
    assert (code, error.count("\n")) == (ExitCode.UNPROVEN, 1)
    assert "does not answer" in error


def test_one_space_that_fails_keeps_no_other_from_its_own(run: Run, cloud: Keystone, tree: Path) -> None:
    text = (tree / ALPHA).read_text().replace("number: 1\n", "number: 2\n", 1)
    (tree / "stacks/Pulumi.local-space-aaa.yaml").write_text(text)
    code, said, error = run()
    assert code == ExitCode.USAGE
    assert "the cloud has no user local-space-aaa" in error
    assert any("space alpha: new credentials" in line for line in said)
    assert opens(cloud, tree)


def test_a_damaged_file_is_said_so(run: Run, tree: Path) -> None:
    run()
    path = credential.credential_file(keys(tree), STACK)
    for text in (
        "",
        "[]",
        "{}",
        '{"expires": "x"}',
        '{"expires": "2027-01-01T00:00:00+00:00", "credentials": {"a": 1}}',
    ):
        path.write_text(text)
        code, _, error = run()
        assert code == ExitCode.USAGE
        assert "not the credentials of a space; move it away" in error
        assert show.rows("local", datetime.now(UTC).date(), keys(tree))[0][-1] == "damaged"


def test_a_provider_without_delegation_is_not_asked(run: Run, cloud: Keystone, tree: Path) -> None:
    text = (tree / PROFILE).read_text()
    text = text.replace("delegates_projects: true\nproject_manager: customer", "delegates_projects: false")
    (tree / PROFILE).write_text(text)
    code, said, _ = run()
    assert (code, cloud.requests) == (0, [])
    assert "profile local delegates no projects" in said[0]


def test_ids_are_told_without_a_secret(run: Run, tree: Path) -> None:
    def asked(ssh: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "socle.space.credential", "--environment", "local"]
        env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **({"SOCLE_SSH_DIR": ssh} if ssh else {})}
        return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)

    ssh = str(tree / "state/envs/local/ssh")
    assert json.loads(asked(ssh).stdout) == {"alpha": []}
    run()
    assert json.loads(asked(ssh).stdout) == {"alpha": held(tree).ids}
    without = asked("")
    assert (without.returncode, without.stdout, without.stderr.count("\n")) == (ExitCode.USAGE, "", 1)
