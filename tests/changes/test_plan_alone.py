"""What Pulumi's own plans let through and find out too late: the reasons for the rest of `socle change`."""

from __future__ import annotations

import json

from tests.changes.desk import Desk, put_back

UP = ("up", "--yes", "--skip-preview")


def test_what_a_plan_lets_through(staging: Desk) -> None:
    program, one = staging.checkout / "program/__main__.py", staging.cloud / "one"
    plan, mark = staging.folder / "by-hand.json", staging.folder / "mark"
    with put_back(program, staging.cloud, staging.configuration, staging.home / "backend"):
        staging.configure(size="1")
        staging.pulumi("preview", "--save-plan", str(plan), "--stack", staging.stack)
        one.write_text(json.dumps({**json.loads(one.read_text()), "size": "changed behind our back"}))
        text = program.read_text().replace("ResourceOptions()", "ResourceOptions(retain_on_delete=True)")
        program.write_text(f"{text}Path({str(mark)!r}).touch()\n")
        staging.pulumi(*UP, "--plan", str(plan), "--stack", staging.stack)
        assert json.loads(one.read_text())["size"] == "changed behind our back"
        kept = json.loads(staging.pulumi("stack", "export", "--stack", staging.stack))["deployment"]
    assert mark.exists(), "the program did something that is in no plan"
    assert [it["retainOnDelete"] for it in kept["resources"] if it["type"].endswith(":File")] == [True, True]


def test_what_a_plan_finds_out_when_a_part_is_done(staging: Desk) -> None:
    plan = staging.folder / "by-hand.json"
    with put_back(staging.cloud, staging.configuration, staging.home / "backend"):
        staging.configure(names="one two three four")
        staging.pulumi("preview", "--save-plan", str(plan), "--stack", staging.stack)
        staging.configure(names="one two three")
        staging.pulumi(*UP, "--plan", str(plan), "--stack", staging.stack, ends=None)
        assert (staging.cloud / "three").exists()
