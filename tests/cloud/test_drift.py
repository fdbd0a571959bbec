"""`socle drift` on the live platform: clean scans end with 0; what is made by hand is found, and undone.

A sample of tests/drift/kinds.yaml that changes by date; SOCLE_DRIFT=all makes every kind that can be tried
live. Beside each it says whether a plain `pulumi refresh` finds it.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from socle.drift import credential, engine
from socle.drift.declared import Expectation, expectation
from socle.drift.network import PATHS
from socle.drift.thing import Declared
from socle.env import describe
from socle.local.turns import only_one
from tests.cloud.live import CLOUD, NAME, SOCLE, environment, run
from tests.drift.seeds import Seed, filled, seeds

HOW_MANY = 6
TODAY = os.environ.get("SOCLE_SEED") or datetime.now(UTC).strftime("%Y%m%d")
LIVE = [seed for seed in seeds() if not seed.live]
# The same things every day, and others than yesterday.
CHOSEN = LIVE if os.environ.get("SOCLE_DRIFT") == "all" else random.Random(TODAY).sample(LIVE, HOW_MANY)  # noqa: S311
# A PUT of a network's or a port's own keys takes them by these names.
WRAPS = {"floating IP": "floatingip", "RBAC policy": "rbac_policy", "router interface": "port"}
SECONDS = 60.0


@pytest.fixture(scope="module")
def reading() -> None:
    """The credential that a scan reads with."""
    run(SOCLE, "drift", "--cloud", CLOUD, "credential")


@pytest.fixture(scope="module")
def stands(cloud: Any) -> Expectation:
    """What the stacks declare; the environment is the platform's, as `cloud` set it for us."""
    assert cloud
    here = describe(CLOUD)
    return expectation({stack: engine.exported(here, stack) for stack in here.stacks})


@pytest.fixture(scope="module")
def manager() -> Any:
    """Our domain's manager."""
    return credential.entry(Path(environment()["OS_CLIENT_CONFIG_FILE"]), "customer")


def scan(*words: str) -> tuple[int, list[dict[str, Any]]]:
    """A scan of the cloud: exit code and records."""
    done = run(
        SOCLE,
        "drift",
        "--cloud",
        CLOUD,
        "--only",
        "cloud",
        "--format",
        "json",
        *words,
        check=False,
        timeout=600,
    )
    assert done.returncode in (0, 3, 4), done.stderr
    return done.returncode, json.loads(done.stdout)["records"]


def beside_the_last() -> tuple[int, dict[str, set[str]]]:
    """The newest report beside the one before: exit code, and checks by what happened to them."""
    done = run(SOCLE, "drift", "--cloud", CLOUD, "diff", "--format", "json", check=False, timeout=120)
    changes: dict[str, set[str]] = {}
    for item in json.loads(done.stdout)["items"]:
        changes.setdefault(item["change"], set()).add(item["record"]["check"])
    return done.returncode, changes


def wrong(records: list[dict[str, Any]]) -> list[str]:
    return [
        f"{it['verdict']} {it['check']} {it['target']}: {it['evidence']} "
        f"(expected {it.get('expected')}, observed {it.get('observed')})"
        for it in records
        if it["verdict"] in ("fail", "unproven")
    ]


@pytest.mark.usefixtures("reading")
def test_two_scans_in_a_row_find_nothing() -> None:
    for _ in range(2):
        started = time.monotonic()
        code, records = scan()
        print(f"\n  scan of the cloud: {len(records)} verdicts in {time.monotonic() - started:.1f} s")
        assert (code, wrong(records)) == (0, [])
    run(SOCLE, "drift", "--cloud", CLOUD, "verify")


@pytest.mark.usefixtures("reading")
def test_the_credential_writes_nothing_and_reads_no_secret(cloud: Any) -> None:
    entry = credential.reading(describe(CLOUD))()
    network = next(iter(cloud.network.networks(project_id=cloud.current_project_id)))
    attempts: list[Callable[[], Any]] = [
        lambda: entry.network.put(f"/networks/{network.id}", json={"network": {"description": "x"}}),
        lambda: entry.network.post("/networks", json={"network": {"name": "rogue"}}),
        lambda: entry.object_store.put("/rogue"),
        lambda: entry.object_store.get(f"/{NAME}-records"),
        lambda: entry.compute.post("/os-keypairs", json={"keypair": {"name": "rogue"}}),
    ]
    secrets = list(cloud.key_manager.secrets())
    attempts += [
        lambda path=path: entry.key_manager.get(path, headers={"Accept": "application/octet-stream"})
        for secret in secrets[:1]
        for path in (
            f"/secrets/{secret.id.rpartition('/')[2]}/payload",
            f"/secrets/{secret.id.rpartition('/')[2]}",
        )
    ]
    assert secrets, "no volume has a key: the refusal of a payload was not tried"
    answers = [attempt().status_code for attempt in attempts]
    assert all(code in (401, 403) for code in answers), answers
    # The twins: the same credential lists what it may.
    assert entry.network.get("/networks").status_code == 200
    assert entry.key_manager.get("/secrets").status_code == 200


@pytest.mark.usefixtures("reading")
@pytest.mark.parametrize("seed", CHOSEN, ids=lambda seed: seed.name)
def test_what_is_made_by_hand_is_found_and_undone(
    seed: Seed, stands: Expectation, cloud: Any, manager: Any
) -> None:
    with made(seed, stands, cloud, manager) as thing:
        code, records = scan()
        refreshed = sees_refresh(thing)
    found = [it for it in records if it["verdict"] == "fail"]
    kind = seed.kind.lower().replace(" ", "-")
    checks = {f"drift-{kind}.{name}" for name in seed.fields} or {f"drift-{kind}-{seed.state}"}
    assert code == 3
    assert {it["check"] for it in found} == checks, wrong(records)
    ended, changes = beside_the_last()
    assert (ended, changes.get("new", set()) | changes.get("still there", set())) == (3, checks)
    assert not {"turned unproven", "still unproven"} & set(changes)
    print(f"\n  {seed.name}: socle drift finds it; plain pulumi refresh {refreshed}")
    if thing is not None:
        assert all(thing.id in it["target"] or it["target"].endswith(thing.id) for it in found), wrong(
            records
        )


@pytest.mark.usefixtures("reading")
def test_who_did_it_is_named_with_request_and_time(stands: Expectation, cloud: Any) -> None:
    server = next(it for it in stands.things["server"] if it.name == f"{NAME}-services")
    path = f"/servers/{server.id}/action"
    done = answered(cloud.compute.post(path, json={"lock": None}, **version("compute")))
    try:
        code, records = scan()
    finally:
        answered(cloud.compute.post(path, json={"unlock": None}, **version("compute")))
    (found,) = [it for it in records if it["verdict"] == "fail"]
    _, _, who = found["evidence"].partition("; who and when: ")
    print(f"\n  {found['check']} {found['target']}: {who}")
    assert code == 3
    assert who.startswith(f"lock of server {server.id} at {datetime.now(UTC):%Y-%m-%d}T")
    # By name, which the reader of our domain lists, and by the request's number, which nova's log has too.
    assert f"by user hdh-platform ({cloud.current_user_id}), " in who
    assert f"request {done.headers['x-openstack-request-id']}" in who


@pytest.mark.usefixtures("reading")
def test_what_is_read_while_a_run_is_at_work_is_unproven_and_says_whose() -> None:
    with only_one(describe(CLOUD).folder / "run.lock"):
        code, records = scan()
    unproven = [it for it in records if it["verdict"] == "unproven"]
    assert code == 4
    assert {it["check"] for it in unproven} >= {"drift-lock", "drift-server-unproven", "drift-port-unproven"}
    assert all(
        f"process {os.getpid()} on this machine works on it since" in it["evidence"] for it in unproven
    )


@pytest.mark.usefixtures("reading")
def test_nothing_is_left_of_it() -> None:
    code, records = scan()
    assert (code, wrong(records)) == (0, [])
    ended, changes = beside_the_last()
    assert (ended, set(changes)) == (0, {"gone"})


def sees_refresh(thing: Declared | None) -> str:
    """Whether `pulumi refresh` of the thing's stack, or the platform's, finds a change, and in what."""
    stack = thing.stack if thing is not None and thing.stack else f"{NAME}-platform"
    records = [it for it in engine.refresh(describe(CLOUD), stack) if it.verdict != "pass"]
    fields = [f"{it.check} {it.target}" for it in records if it.verdict == "fail"]
    if fields:
        return f"does: {', '.join(fields)}"
    # The provider takes a route that is gone for an error of its own.
    return f"ends with an error: {records[0].evidence[:200]}" if records else "does not"


@contextmanager
def made(seed: Seed, stands: Expectation, cloud: Any, manager: Any) -> Iterator[Declared | None]:
    """Make it, give the thing that it is about, if one is declared, and undo it."""
    words = words_of(stands, cloud)
    name = filled(seed.thing, words)
    # A port of a zone and its subnet's router interface may have one name.
    thing = next((it for it in stands.things.get(seed.kind, ()) if it.name == name), None) if name else None
    assert thing is not None or not name, f"{seed.name}: nothing is called {name}"
    words["id"] = thing.id if thing else ""
    undo = act(seed, words, cloud, manager)
    try:
        yield thing
    finally:
        undo()


def act(seed: Seed, words: dict[str, str], cloud: Any, manager: Any) -> Callable[[], None]:
    """Do it; what undoes it."""
    if seed.headers:
        return _store(seed, words, cloud)
    if seed.update or seed.create:
        return _neutron(seed, words, cloud)
    service, method, path, body = filled(seed.call, words)
    api = getattr(manager if service == "identity" else cloud, service)
    if seed.kind in PATHS:  # tags of neutron's things
        before = answered(api.get(path)).json()
        answered(api.request(path, method, json=body))
        return lambda: void(answered(api.request(path, "PUT", json={"tags": before["tags"]})))
    if "{before." in str(seed.undo):
        said = answered(api.get(path)).json()
        words |= {f"before.{key}": str(it or "") for key, it in next(iter(said.values())).items()}
    done = answered(api.request(path, method, json=body, **version(service)))
    if "{made}" in str(seed.undo):
        said = done.json()
        inner = said if "id" in said or "secret_ref" in said else next(iter(said.values()))
        words["made"] = str(inner.get("id") or inner["secret_ref"].rpartition("/")[2])
        _settle(api, service, words["made"])
    again, how, where, what = (*filled(seed.undo, words),)
    other = getattr(manager if again == "identity" else cloud, again)
    return lambda: void(answered(other.request(where, how, json=what, **version(again))))


def _neutron(seed: Seed, words: dict[str, str], cloud: Any) -> Callable[[], None]:
    path, listed = ("/ports", "ports") if seed.kind == "router interface" else PATHS[seed.kind]
    wrap = WRAPS.get(seed.kind, listed.removesuffix("s"))
    if seed.create:
        done = answered(cloud.network.post(path, json={wrap: filled(seed.create, words)}))
        one = f"{path}/{done.json()[wrap]['id']}"
        return lambda: void(answered(cloud.network.delete(one)))
    one, change = f"{path}/{words['id']}", filled(seed.update, words)
    before = answered(cloud.network.get(one)).json()[wrap]
    answered(cloud.network.put(one, json={wrap: change}))
    back = {key: before[key] for key in change}
    if "extra_dhcp_opts" in change:  # neutron adds those that it is given, and takes away what has no value
        back["extra_dhcp_opts"] = [{**it, "opt_value": None} for it in change["extra_dhcp_opts"]]
    return lambda: void(answered(cloud.network.put(one, json={wrap: back})))


def _store(seed: Seed, words: dict[str, str], cloud: Any) -> Callable[[], None]:
    path = f"/{filled(seed.thing, words)}" if seed.thing else ""
    before = cloud.object_store.head(path).headers
    answered(cloud.object_store.post(path, headers=seed.headers))
    back = {name: before.get(name, "") for name in seed.headers}
    return lambda: void(answered(cloud.object_store.post(path, headers=back)))


def _settle(api: Any, service: str, number: str) -> None:
    """A volume cannot be deleted while it is being made."""
    until = time.monotonic() + SECONDS
    while service == "block_storage" and time.monotonic() < until:
        if answered(api.get(f"/volumes/{number}")).json()["volume"]["status"] == "available":
            return
        time.sleep(1)


def words_of(stands: Expectation, cloud: Any) -> dict[str, str]:
    """What the table's words stand for here."""
    project = cloud.current_project_id
    named = {(it.kind, it.name): it.id for found in stands.things.values() for it in found}
    default = next(iter(cloud.network.security_groups(project_id=project, name="default")))
    entrance = next(it for it in stands.things["floating IP"] if it.stack == f"{NAME}-platform")
    return {
        "env": NAME,
        "space": stands.things["project"][0].id,
        "default_group": default.id,
        "network": named["network", f"{NAME}-services"],
        "group": named["security group", f"{NAME}-zone-services"],
        "port": named["port", f"{NAME}-services"],
        "floating": entrance.name,
        "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFdgjS0VnAJDB88n3S67njSDRrFdZ3meqEzaadXcnu/A rogue",
    }


def version(service: str) -> dict[str, str]:
    return {"microversion": "2.73"} if service == "compute" else {}


def answered(answer: Any) -> Any:
    """The answer, which has to be a yes."""
    assert answer.ok, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}"
    )
    return answer


def void(_: Any) -> None:
    """Nothing."""
