"""Who did it and when: told where a service tells it, said where it does not, never a verdict's matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest

from socle.drift import cause, judge
from socle.drift.allowed import Allowed
from socle.drift.answers import Unread
from socle.drift.compare import Finding, State
from socle.drift.thing import Inventory
from socle.records import RecordSet
from socle.records.render import Format, render, table
from tests.unit.drift.answers import USER
from tests.unit.drift.scanning import EXPECTED, declared, scan
from tests.unit.drift.standin import Cloud, said, standing

# openstacksdk's own deprecations of its own words.
pytestmark = pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")

SERVERS = "/compute/servers/detail"


def action(what: str, at: str, user: str = "mallory-id", message: str | None = None) -> dict[str, Any]:
    return {"action": what, "request_id": f"req-{what}", "user_id": user, "start_time": at,
            "message": message, "project_id": "p", "instance_uuid": "i", "updated_at": at}  # fmt: skip


def server(cloud: Cloud) -> dict[str, Any]:
    """One of ours, as nova lists it."""
    number = declared("server").id
    return next(it for it in cloud.lists[SERVERS] if it["id"] == number)


def asked(cloud: Cloud) -> list[str]:
    paths = [urlsplit(path).path for _, path in cloud.asked]
    return [path.split("/")[3] for path in paths if path.endswith("/os-instance-actions")]


def test_the_newest_action_that_changes_such_a_field_is_named_with_its_user() -> None:
    with standing() as cloud:
        one = server(cloud)
        one["status"] = "SHUTOFF"
        cloud.lists["/identity/v3/users"].append({"id": "mallory-id", "name": "mallory", "enabled": True})
        cloud.lists["actions"][one["id"]] = [
            action("lock", "2026-11-30T04:00:00"),
            action("stop", "2026-11-30T03:12:00"),
            action("start", "2026-11-29T03:12:00", USER),
        ]
        (found,) = [it for it in scan(cloud) if it.kind == "server"]
    assert found.cause.startswith(
        f"stop of server {one['id']} at 2026-11-30T03:12:00 by user mallory (mallory-id), request req-stop;"
    )
    assert "updated last at 2026-11-03T11:00:00Z" in found.cause


def test_a_server_that_is_gone_or_nobodys_says_who_deleted_and_who_made_it() -> None:
    with standing() as cloud:
        gone = server(cloud)
        cloud.lists[SERVERS].remove(gone)
        cloud.lists[SERVERS].append({**gone, "id": "rogue", "name": "rogue", "user_id": "mallory-id"})
        cloud.lists["actions"] |= {
            gone["id"]: [action("delete", "2026-11-30T03:00:00", message="Error")],
            "rogue": [action("reboot", "2026-11-30T04:00:00"), action("create", "2026-11-30T03:30:00")],
        }
        found = {it.state: it.cause for it in scan(cloud) if it.kind == "server"}
    assert found[State.MISSING] == (
        f"delete of server {gone['id']} at 2026-11-30T03:00:00 by user mallory-id, request req-delete, Error"
    )
    assert found[State.UNMANAGED].startswith(
        "create of server rogue at 2026-11-30T03:30:00 by user mallory-id"
    )


def test_an_attachment_is_asked_of_the_server_that_has_or_had_the_volume() -> None:
    with standing() as cloud:
        volume = next(it for it in cloud.lists["/block/volumes/detail"] if it["attachments"])
        (tie,) = volume["attachments"]
        volume["attachments"] = [{"server_id": "rogue"}]
        cloud.lists["actions"] |= {
            tie["server_id"]: [action("detach_volume", "2026-11-30T03:00:00")],
            "rogue": [action("attach_volume", "2026-11-30T03:01:00")],
        }
        (found,) = scan(cloud)
    assert (found.kind, found.field) == ("volume", "attached_to")
    assert f"detach_volume of server {tie['server_id']} at 2026-11-30T03:00:00 by" in found.cause
    assert "attach_volume of server rogue at 2026-11-30T03:01:00 by" in found.cause


def test_what_a_service_does_not_tell_is_said_to_be_untold() -> None:
    with standing() as cloud:
        server(cloud)["metadata"] = {}
        lists = cloud.lists
        rule = lists["/network/security-group-rules"][0]
        lists["/network/security-group-rules"].append(
            {**rule, "id": "rogue", "created_at": "2026-11-30T05:00:00Z"}
        )
        lists["/network/routers"][0]["admin_state_up"] = False
        lists["containers"]["local-records"] |= {
            "X-Container-Read": ".r:*",
            "Last-Modified": "Mon, 30 Nov 2026 05:00:00 GMT",
            "X-Timestamp": "1796000000.1",
        }
        lists["/identity/v3/users"].append({"id": "rogue", "name": "rogue", "enabled": True})
        policy = lists["/network/rbac-policies"].pop()
        causes = {it.kind: it.cause for it in scan(cloud)}
        assert asked(cloud) == []
    assert policy
    assert causes == {
        "server": "updated last at 2026-11-03T11:00:00Z; nova notes no user for it",
        "security group rule": "made at 2026-11-30T05:00:00Z in project 24d55a2065274c1180de01dd806650ce; "
        "updated last at 2026-11-02T10:00:00Z (revision 3)",
        "router": "updated last at 2026-11-02T10:00:00Z (revision 3); neutron notes no user for it",
        "container": "updated last at Mon, 30 Nov 2026 05:00:00 GMT; the object store notes no user for it",
        "user": "keystone notes neither",
        "RBAC policy": "neutron keeps nothing of what was deleted",
    }


class Nova:
    """A reader of which only the list of actions is asked: it answers this, or raises it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def version(self, _service: str, wanted: str) -> str:
        return wanted

    def get(self, *_question: Any, **_how: Any) -> Any:
        if isinstance(self.answer, Unread):
            raise self.answer
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        Unread("answered 401", 401),
        Unread("no answer"),
        {"instanceActions": [{}]},
        {"instanceActions": None},
        [],
    ],
    ids=["refused", "unreachable", "another shape", "no list", "no table"],
)
def test_a_cause_that_cannot_be_learnt_changes_no_verdict(answer: Any) -> None:
    one = declared("server")
    found = Finding(State.CHANGED, "server", one.id, one.name, "locked", False, True, declared=one)
    (said,) = cause.learnt([found], Nova(answer), Inventory({}))  # type: ignore[arg-type]
    assert replace(said, cause="") == found
    assert "are not known" in said.cause


def test_a_cause_that_the_cloud_refuses_to_tell_is_left_open() -> None:
    with standing() as cloud:
        one = server(cloud)
        one["locked"] = True
        refused = said(401, {})
        cloud.faults[f"/compute/servers/{one['id']}/os-instance-actions"] = lambda _count, _give: refused
        (found,) = scan(cloud)
    assert (found.state, found.field) == (State.CHANGED, "locked")
    assert "are not known: compute" in found.cause


def test_only_findings_are_asked_about_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cause, "MOST", 2)
    with standing() as cloud:
        one = server(cloud)
        cloud.lists[SERVERS] += [{**one, "id": f"rogue-{number}"} for number in range(4)]
        found = [it for it in scan(cloud) if it.state is State.UNMANAGED]
        assert len(asked(cloud)) == 2
        assert one["id"] not in asked(cloud)
    assert sum("not asked, after 2 other servers" in it.cause for it in found) == 2
    assert len(found) == 4


def test_a_report_says_it_beside_what_it_found() -> None:
    one = declared("router")
    changed = Finding(State.CHANGED, "router", one.id, one.name, "routes", [], ["x"], declared=one)
    given = judge.records(
        [replace(changed, cause="a at b by c"), changed],
        EXPECTED,
        Inventory({}),
        Allowed("x", ()),
        date.today(),
    )
    told, untold, _ = given
    assert told.evidence == f"{untold.evidence}; who and when: a at b by c"


@pytest.mark.parametrize("form", list(Format))
def test_every_format_tells_who_when_and_by_which_request(form: Format) -> None:
    """Of a stranger that says much about itself, and of a volume that went from one server to another."""
    with standing() as cloud:
        rogue = {**server(cloud), "id": "rogue", "name": "rogue", "user_id": "mallory-id"}
        cloud.lists[SERVERS].append({**rogue, "metadata": {f"key-{n}": "x" * 40 for n in range(9)}})
        volume = next(it for it in cloud.lists["/block/volumes/detail"] if it["attachments"])
        (tie,) = volume["attachments"]
        volume["attachments"] = [{"server_id": "rogue"}]
        cloud.lists["actions"] |= {
            tie["server_id"]: [action("detach_volume", "2026-11-30T03:00:00")],
            "rogue": [
                action("attach_volume", "2026-11-30T03:01:00"),
                action("create", "2026-11-30T02:30:00"),
            ],
        }
        found = scan(cloud)
    given = list(judge.records(found, EXPECTED, Inventory({}), Allowed("x", ()), date.today()))
    assert len(next(it for it in given if "rogue" in it.target).evidence) > 600
    records = RecordSet.of(given)
    text = table.render(records, width=2000) if form is Format.TABLE else render(records, form)
    for what, at in (("create", "02:30"), ("detach_volume", "03:00"), ("attach_volume", "03:01")):
        said = " ".join(text.replace("\\", "").split())
        assert f"at 2026-11-30T{at}:00 by user mallory-id, request req-{what}" in said
