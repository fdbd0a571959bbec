"""The engine's stream of events, as `pulumi refresh --preview-only --json` prints it, by resource."""

from __future__ import annotations

import json
from typing import Any

from socle.drift.refreshed import Outcome, complaint, outcomes

TYPE = "a:b:C$openstack:networking/port:Port"


def urn(name: str) -> str:
    return f"urn:pulumi:local-platform::hdh::{TYPE}::{name}"


def event(kind: str, name: str, op: str, of: str = TYPE, **said: Any) -> str:
    old = {"id": f"{name}-id", "inputs": {"secret": "of nobody's business"}}
    return json.dumps({kind: {"metadata": {"urn": urn(name), "type": of, "op": op, "old": old, **said}}})


def begun(*names: str) -> list[str]:
    return [event("resourcePreEvent", name, "refresh") for name in names]


def test_each_resource_says_what_came_of_it_and_in_which_fields() -> None:
    lines = [
        '{"preludeEvent": {"config": {}}}',
        *begun("one", "two", "three"),
        event(
            "resOutputsEvent", "two", "update", diffs=["tags"], detailedDiff={"tags[0]": {}, "tags[1]": {}}
        ),
        event("resOutputsEvent", "three", "update", diffs=["mtu", "name"], detailedDiff=None),
        event("resOutputsEvent", "one", "same"),
    ]
    found = {it.name: it for it in outcomes("\n".join(lines))}
    assert found["one"] == Outcome(urn("one"), "one-id", "same")
    assert found["two"].fields == ("tags",)
    assert found["three"].fields == ("mtu", "name")
    assert found["two"].kind == "openstack:networking/port:Port"


def test_what_never_ended_has_no_outcome_and_says_why() -> None:
    fault = {"urn": urn("two"), "severity": "error", "message": "Preview failed:\n no answer"}
    lines = [
        *begun("one", "two"),
        json.dumps({"diagnosticEvent": fault}),
        json.dumps({"diagnosticEvent": {"severity": "warning", "message": "of no matter"}}),
    ]
    found = {it.name: (it.op, it.why) for it in outcomes("\n".join(lines))}
    assert found == {"one": ("", ""), "two": ("", "Preview failed: no answer")}
    assert complaint("\n".join(lines)) == "Preview failed: no answer"


def test_providers_and_the_stack_are_no_resources() -> None:
    own = [event("resourcePreEvent", name, "refresh", f"pulumi:{name}") for name in ("pulumi", "providers")]
    assert outcomes("\n".join(own)) == []


def test_an_older_pulumis_digest_and_a_line_that_was_cut_are_no_events() -> None:
    digest = json.dumps({"steps": [{"op": "refresh", "urn": urn("one")}]}, indent=4)
    assert outcomes(digest) == []
    assert len(outcomes("\n".join([*begun("one"), '{"resOutputsEvent": {"meta']))) == 1
