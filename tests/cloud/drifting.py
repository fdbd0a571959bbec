"""Scans of the live cloud, and drift made there by hand and undone, for the tests of `socle drift`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from socle.drift.declared import Expectation
from socle.drift.network import PATHS
from socle.drift.thing import Declared
from tests.cloud.live import CLOUD, NAME, SOCLE, run
from tests.drift.seeds import Seed, filled

# A PUT of a network's or a port's own keys takes them by these names.
WRAPS = {"floating IP": "floatingip", "RBAC policy": "rbac_policy", "router interface": "port"}
SECONDS = 60.0


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


def checks(seed: Seed) -> set[str]:
    """Under which checks it must be told."""
    kind = seed.kind.lower().replace(" ", "-")
    return {f"drift-{kind}.{name}" for name in seed.fields} or {f"drift-{kind}-{seed.state}"}


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
