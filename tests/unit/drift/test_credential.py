"""The credential that a scan reads with: what it may ask for is what a scan asks for, and no more."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from socle.drift.access import rules
from tests.unit.drift.scanning import scan
from tests.unit.drift.standin import connect, standing

# openstacksdk's own deprecations of its own words.
pytestmark = pytest.mark.filterwarnings("ignore::openstack.warnings.RemovedInSDK60Warning")


def allows(rule: dict[str, str], method: str, path: str) -> bool:
    """As keystonemiddleware reads a rule: `*` within a segment, `**` everything."""
    pattern = re.sub(r"\*\*|\*", lambda it: ".*" if it[0] == "**" else r"[^/]+", rule["path"])
    return rule["method"] == method and re.match(f"^{pattern}$", path) is not None


def test_every_question_of_a_scan_is_allowed_and_none_needs_more() -> None:
    with standing() as cloud:
        cloud.lists["/image/images"].append({"id": "i", "name": "shared", "visibility": "shared"})
        lost = cloud.lists["/network/ports"].pop(0)
        gone = cloud.lists["/compute/servers/detail"].pop()
        assert scan(cloud)
        asked = {(method, urlsplit(path).path) for method, path in cloud.asked}
        assert ("GET", f"/network/v2.0/ports/{lost['id']}") in asked
        assert ("GET", f"/compute/servers/{gone['id']}/os-instance-actions") in asked
        # Versions are told to everybody; projects, users and roles are read by the domain's reader.
        others = {"/compute", "/block", "/image", "/key", "/identity/v3"}
        domain = ("/identity/v3/projects", "/identity/v3/users", "/identity/v3/role_assignments")
        questions = {it for it in asked if it[0] != "POST" and it[1] not in (*others, *domain)}
        made = list(rules(connect(cloud)))
        refused = {it for it in questions if not any(allows(rule, *it) for rule in made)}
    assert refused == set()


def test_nothing_can_be_written_and_no_content_read() -> None:
    with standing() as cloud:
        made = list(rules(connect(cloud)))
        assert {rule["method"] for rule in made} == {"GET", "HEAD"}
        for method, path in (
            ("GET", "/key/secrets/s/payload"),
            ("GET", "/key/secrets/s"),
            ("GET", "/object/container/object"),
            ("GET", "/object/container"),
            ("GET", "/image/images/i/file"),
            ("GET", "/compute/servers/s/os-server-password"),
            ("POST", "/compute/servers/s/action"),
            ("POST", "/network/v2.0/ports"),
            ("DELETE", "/network/v2.0/ports/p"),
        ):
            assert not any(allows(rule, method, path) for rule in made), path
