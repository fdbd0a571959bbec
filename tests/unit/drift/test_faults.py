"""Services that are down, busy, cut short or lie: what was not read is unproven, the rest is still said."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from socle.drift import identity
from socle.drift.answers import Unread
from socle.drift.asking import Reader
from socle.drift.compare import State
from socle.drift.thing import MASKED
from tests.unit.drift.answers import USER
from tests.unit.drift.scanning import declared, scan, whole
from tests.unit.drift.standin import Answer, Cloud, Fault, connect, said, standing
from tests.unit.drift.test_seeds import LISTS

# openstacksdk's own deprecations of its own words.
pytestmark = pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")

ERROR = said(500, {"error": "internal"})
# What cannot be spoken of when a path fails, where that is more than the one kind listed there.
MORE = {
    "/network/ports": {"port", "router interface"},
    "/network/networks": {"network", "floating IP"},
    "/network/security-groups": {"security group", "security group rule"},
    "/compute/servers/detail": {"server", "key pair"},
    "/compute/os-server-groups": {"server group", "server"},
    "/block/volumes/detail": {"volume", "secret"},
}
PATHS = {**{path: {kind} for kind, path in LISTS.items()}, **MORE}


def always(answer: Answer) -> Fault:
    return lambda _count, _give: answer


def unproven(found: list[Any]) -> set[str]:
    return {it.kind for it in found if it.state is State.UNPROVEN}


FAULTS: dict[str, Fault] = {
    "500": lambda _count, _give: ERROR,
    "cut": lambda _count, give: (200, give()[1], give()[2][: len(give()[2]) // 2]),
    "no list": lambda _count, _give: said(200, {"other": []}),
    "another shape": lambda _count, _give: said(200, []),
    "not found": lambda _count, _give: (404, {}, b""),
}


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        *((path, "500") for path in sorted(PATHS)),
        *(
            (path, fault)
            for path in ("/network/ports", "/image/images", "/identity/v3/users")
            for fault in FAULTS
            if fault != "500"
        ),
    ],
)
def test_what_a_broken_service_has_is_unproven_and_the_rest_is_said(path: str, fault: str) -> None:
    with standing(Cloud(faults={path: FAULTS[fault]})) as cloud:
        intruder = cloud.lists["containers"]["local-records"]
        intruder["X-Container-Read"] = ".r:*"
        found = scan(cloud)
    assert unproven(found) == PATHS[path]
    assert {(it.kind, it.field) for it in found if it.state is not State.UNPROVEN} == {
        ("container", "read_acl")
    }
    assert all(it.why for it in found if it.state is State.UNPROVEN)


def test_a_list_that_left_something_out_is_unproven_not_missing() -> None:
    port = declared("port", "local-services")

    def short(_count: int, give: Any) -> Answer:
        content = json.loads(give()[2])
        return said(200, {**content, "ports": [it for it in content["ports"] if it["id"] != port.id]})

    with standing(Cloud(faults={"/network/ports": short})) as cloud:
        (found,) = scan(cloud)
    assert (found.state, found.id) == (State.UNPROVEN, port.id)
    assert "not whole" in found.why


@pytest.mark.parametrize("path", ["/network/ports", "/network/networks", "/compute/servers/detail"])
def test_empty_lists_of_a_service_are_never_no_drift(path: str) -> None:
    key = path.removesuffix("/detail").rpartition("/")[2]
    with standing(Cloud(faults={path: always(said(200, {key: []}))})) as cloud:
        found = scan(cloud)
    assert found
    assert {it.state for it in found} == {State.UNPROVEN}


def test_what_no_list_has_and_get_denies_is_missing() -> None:
    with standing() as cloud:
        cloud.lists["/network/routers"] = []
        found = scan(cloud)
    assert {(it.state, it.kind) for it in found} == {(State.MISSING, "router")}


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_pages_are_followed_to_their_end(monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    monkeypatch.setattr("socle.drift.paging.PAGE", 2)
    monkeypatch.setattr("socle.drift.objects.PAGE", 2)
    with standing(Cloud(page=2, links=links)) as cloud:
        cloud.lists["/network/ports"].append(
            {**cloud.lists["/network/ports"][0], "id": "zz", "device_owner": ""}
        )
        found = scan(cloud)
    assert [(it.state, it.kind, it.id) for it in found] == [(State.UNMANAGED, "port", "zz")]


def test_pages_that_go_round_are_unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socle.drift.paging.PAGE", 2)

    def same(_count: int, _give: Any) -> Answer:
        items = [{"id": "a"}, {"id": "b"}]
        return said(200, {"routers": items, "routers_links": [{"rel": "next", "href": "/x?marker=b"}]})

    with standing(Cloud(faults={"/network/routers": same})) as cloud:
        assert unproven(scan(cloud)) == {"router"}


def test_a_page_cut_in_the_middle_of_a_list_is_unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socle.drift.paging.PAGE", 2)

    def second(count: int, give: Any) -> Answer:
        status, headers, body = give()
        return (status, headers, body[:-20]) if count == 2 else (status, headers, body)

    with standing(Cloud(page=2, faults={"/network/subnets": second})) as cloud:
        found = scan(cloud)
    assert {(it.state, it.kind) for it in found} == {(State.UNPROVEN, "subnet")}


def test_a_storm_of_429_is_waited_out() -> None:
    def storm(count: int, give: Any) -> Answer:
        return (429, {"Retry-After": "3"}, b"") if count <= 3 else give()

    slept: list[float] = []
    with standing(Cloud(faults={"/network/ports": storm, "/network/networks": storm})) as cloud:
        assert scan(cloud, sleep=slept.append) == []
    # What the service asked for, less what passed since: nobody came back at once.
    assert max(slept) > 2


def test_a_service_that_stays_busy_is_given_up_and_unproven() -> None:
    busy = (429, {"Retry-After": "50"}, b"")
    with standing(Cloud(faults={"/block/volumes/detail": always(busy)})) as cloud:
        found = scan(cloud, sleep=lambda _seconds: None)
    assert unproven(found) == {"volume", "secret"}
    assert "answered 429" in found[0].why


def test_an_answer_that_does_not_come_is_unproven() -> None:
    def slow(_count: int, give: Any) -> Answer:
        time.sleep(1.5)
        return give()

    with standing(Cloud(faults={"/compute/os-server-groups": slow})) as cloud:
        found = scan(cloud, seconds=0.3)
    # Who is in which group is told there alone.
    assert unproven(found) == {"server group", "server"}


def test_an_expired_credential_makes_everything_unproven() -> None:
    with standing(Cloud(refuses=True)) as cloud:
        found = whole(cloud)
    assert {it.state for it in found} == {State.UNPROVEN}
    assert {"port", "server", "volume", "container", "user"} <= unproven(found)


def test_a_login_that_ends_in_the_middle_is_unproven_for_what_it_cost() -> None:
    with standing(Cloud(faults={"/network/ports": always(said(401, {}))})) as cloud:
        assert unproven(scan(cloud)) == {"port", "router interface"}


def test_rights_that_nobody_shows_us_are_unproven_not_removed() -> None:
    with standing(Cloud(owner=False)) as cloud:
        found = scan(cloud)
    assert {(it.state, it.kind) for it in found} == {
        (State.UNPROVEN, "container"),
        (State.UNPROVEN, "account"),
    }
    assert all("read_acl" in it.why or "temp_url_key" in it.why for it in found)


def test_rights_that_one_container_lost_are_a_finding() -> None:
    with standing() as cloud:
        del cloud.lists["containers"]["local-alpha-out"]["X-Container-Read"]
        (found,) = scan(cloud)
    assert (found.state, found.id, found.field) == (State.CHANGED, "local-alpha-out", "read_acl")


def test_secrets_are_never_kept() -> None:
    with standing() as cloud:
        cloud.lists["account"]["X-Account-Meta-Temp-Url-Key"] = "a-secret-of-somebody"
        (found,) = scan(cloud)
    assert found.field in MASKED
    assert "a-secret" not in repr(found)


def test_nothing_but_reading_is_ever_asked() -> None:
    with standing() as cloud:
        scan(cloud)
    writes = [it for it in cloud.asked if it[0] not in ("GET", "HEAD")]
    assert set(writes) == {("POST", "/identity/v3/auth/tokens")}
    assert not [path for _, path in cloud.asked if "payload" in path]


def test_the_cost_does_not_grow_with_the_number_of_things() -> None:
    with standing() as cloud:
        scan(cloud)
        few = len(cloud.asked)
        cloud.asked.clear()
        for number in range(300):
            cloud.lists["/network/ports"].append(
                {**cloud.lists["/network/ports"][0], "id": f"more-{number}", "device_owner": ""}
            )
        assert len(scan(cloud)) == 300
        assert len(cloud.asked) == few


def test_a_list_that_several_kinds_need_is_asked_for_once() -> None:
    with standing() as cloud:
        cloud.lists["/compute/os-server-groups"] = [
            {"id": "g", "name": "g", "policy": "affinity", "members": []}
        ]
        scan(cloud)
        asked = [urlsplit(path).path for _, path in cloud.asked]
    # Images are two questions, shown and hidden ones: glance answers no question for both.
    lists = {it.replace("/network/", "/network/v2.0/", 1) for it in LISTS.values()}
    assert {path for path in asked if path in lists and asked.count(path) > 1} == {"/image/images"}
    for path in ("/compute/servers/detail", "/block/volumes/detail", "/network/v2.0/networks"):
        assert asked.count(path) == 1


def test_a_network_of_others_that_we_see_is_nobodys_concern_but_names_a_floating_ip() -> None:
    """One list has both: a shared network of another project must not read as a stranger of ours."""
    with standing() as cloud:
        shared = {**cloud.lists["/network/networks"][0], "id": "theirs", "name": "theirs", "shared": True}
        cloud.lists["/network/networks"].append({**shared, "project_id": "another"})
        assert scan(cloud) == []
        cloud.lists["/network/networks"].append({**shared, "id": "rogue"})
        assert [(it.state, it.id) for it in scan(cloud)] == [(State.UNMANAGED, "rogue")]


def test_our_users_key_pairs_are_out_of_sight_for_another() -> None:
    with standing() as cloud:
        for server in cloud.lists["/compute/servers/detail"]:
            server["user_id"] = f"not-{USER}"
        assert unproven(scan(cloud)) == {"key pair"}


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("EC2 credential", f"/identity/v3/users/{USER}/credentials/OS-EC2"),
        ("trust", "/identity/v3/OS-TRUST/trusts"),
    ],
)
def test_what_keystone_tells_no_delegated_session_is_never_taken_for_nothing(kind: str, path: str) -> None:
    with standing(Cloud()) as cloud:
        cloud.lists[path] = [{"id": "rogue", "access": "rogue"}]
        reader = Reader(connect(cloud))
        assert [it.id for it in identity.own(reader, kind, USER, "")] == ["rogue"]
        with pytest.raises(Unread, match="application credential may not list"):
            identity.own(reader, kind, USER, "the-session's-own")
