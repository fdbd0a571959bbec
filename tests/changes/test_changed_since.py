"""An approved change is refused, in one line, when anything is no longer as it was; nothing is done then."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.changes.desk import Desk, git, put_back


def test_another_commit(staging: Desk, waiting: str) -> None:
    program = staging.checkout / "program/__main__.py"
    program.write_text(
        program.read_text() + "Path('/dev/null').write_text('a side effect that no plan shows')\n"
    )
    assert "changes that are in no commit: program/__main__.py" in staging.apply(waiting, ends=3)
    git(staging.checkout, "commit", "-q", "-a", "-m", "Something else")
    said = staging.apply(waiting, ends=3)
    git(staging.checkout, "reset", "-q", "--hard", "HEAD~1")
    assert "changed since it was proposed: the program: the checkout is at " in said


def test_a_change_that_git_was_told_not_to_see(staging: Desk, waiting: str) -> None:
    program = staging.checkout / "program/__main__.py"
    hidden = ("update-index", "--assume-unchanged", "program/__main__.py")
    with put_back(program):
        git(staging.checkout, *hidden)
        program.write_text(program.read_text().replace('SIZE = "1"', 'SIZE = "7"'))
        said = staging.apply(waiting, ends=3)
    git(staging.checkout, "update-index", "--no-assume-unchanged", "program/__main__.py")
    assert "a tracked file is not what the commit says, though git shows no change" in said


def test_the_configuration(staging: Desk, waiting: str) -> None:
    with put_back(staging.configuration):
        staging.configure(token="another-secret-31bd")
        said = staging.apply(waiting, ends=3)
    assert "changed since it was proposed: the stack's configuration; propose again" in said


def test_the_state(staging: Desk, waiting: str) -> None:
    with put_back(staging.home / "backend"):
        staging.pulumi("refresh", "--yes", "--skip-preview", "--stack", staging.stack)
        said = staging.apply(waiting, ends=3)
    assert "changed since it was proposed: the stack's state (1 updates since)" in said


def test_the_cloud(staging: Desk, waiting: str) -> None:
    one = staging.cloud / "one"
    with put_back(one):
        one.write_text(json.dumps({**json.loads(one.read_text()), "size": "9"}))
        said = staging.apply(waiting, ends=3)
        assert "the cloud is not as the state says: File one; find out who changed it" in said
        one.write_text("not to be read")
        assert "the cloud could not be compared with the state" in staging.apply(waiting, ends=4)
        one.write_text(json.dumps({"size": "1"}))  # as `waiting` looks at it


def test_what_the_program_looks_up(staging: Desk, waiting: str) -> None:
    image = staging.cloud / "image"
    image.write_text("a newer one")
    said = staging.apply(waiting, ends=3)
    image.unlink()
    assert "planned now, something else would happen than what was approved" in said
    assert not (staging.at(waiting) / "begun.json").exists()


def test_ones_own_proposal(staging: Desk, waiting: str) -> None:
    assert "anna proposed it and cannot approve it" in staging.approve(waiting, "anna", ends=3)
    # Past the verb: her own signature, under her name and under his.
    for name, why in (
        ("anna", "anna proposed it"),
        ("bert", "signature of bert does not hold: it is somebody"),
    ):
        rewrite(staging, waiting, "approval", "anna", approver=name)
        assert why in staging.apply(waiting, ends=3)


def test_who_may_not_approve(staging: Desk, waiting: str) -> None:
    assert "zoe is no administrator of staging" in staging.approve(waiting, "zoe", ends=3)
    assert "cleo may not approve changes of the platform layer" in staging.approve(waiting, "cleo", ends=3)
    edit(staging.at(waiting) / "approval.json", approver="cleo")
    assert "cleo may not approve" in staging.apply(waiting, ends=3)
    (staging.at(waiting) / "approval.json").unlink()
    assert "not approved yet; socle change approve" in staging.apply(waiting, ends=3)


def test_a_certificate_that_was_revoked_or_has_ended(staging: Desk, waiting: str) -> None:
    with put_back(staging.home / "ca"):
        staging.socle("admin", "revoke", "bert")
        assert "signature of bert does not hold: the certificate was revoked" in staging.apply(
            waiting, ends=3
        )
    with put_back(staging.key("bert").with_name("bert-cert.pub")):
        authority = str(staging.home / "ca/people/key")
        names = ("-I", "bert", "-n", "admin:bert", "-V", "-2h:-1h")
        subprocess.run(
            ["ssh-keygen", "-q", "-s", authority, *names, str(staging.key("bert")) + ".pub"], check=True
        )
        rewrite(staging, waiting, "approval", "bert")
    assert "signature of bert does not hold: the certificate has ended" in staging.apply(waiting, ends=3)


def test_who_has_the_authoritys_public_half_can_judge(staging: Desk, waiting: str) -> None:
    people = staging.home / "ca/people"
    with put_back(staging.home / "ca"):
        for file in people.iterdir():
            if file.name not in ("key.pub", "revoked.krl"):
                (shutil.rmtree if file.is_dir() else Path.unlink)(file)
        assert "approved by bert" in staging.socle("change", "show", waiting)
        (people / "revoked.krl").unlink()
        assert "signatures cannot be judged without this file" in staging.apply(waiting, ends=4)


def test_an_edited_proposal(staging: Desk, waiting: str) -> None:
    table = json.loads((staging.at(waiting) / "proposal.json").read_text())["table"]
    edit(staging.at(waiting) / "proposal.json", table=table[1:])
    assert "anna does not hold: what was signed was changed" in staging.apply(waiting, ends=3)
    assert "what was signed was changed" in staging.socle("change", "show", waiting, ends=3)
    # Signed anew by who proposed it: approved was another one. And what the table says is not left to her.
    rewrite(staging, waiting, "proposal", "anna", table=table, reason="Another reason than approved")
    assert "the approval is for another proposal" in staging.apply(waiting, ends=3)
    rewrite(staging, waiting, "proposal", "anna", table=table[1:])
    assert "the table does not say what the plan lets happen" in staging.approve(waiting, ends=3)


def test_an_edited_plan(staging: Desk, waiting: str) -> None:
    plan = staging.at(waiting) / "plan.json"
    plan.write_text(plan.read_text().replace('"size": "2"', '"size": "3"'))
    assert "the plan is not the one that was proposed" in staging.apply(waiting, ends=3)


def test_one_that_waited_too_long(staging: Desk, waiting: str) -> None:
    proposal = json.loads((staging.at(waiting) / "proposal.json").read_text())
    rewrite(staging, waiting, "proposal", "anna", expires=proposal["at"])
    assert "expired at 20" in staging.approve(waiting, ends=3)
    rewrite(staging, waiting, "proposal", "anna", expires="2099-01-01T08:00:00Z")
    assert "its times are none that socle gives" in staging.approve(waiting, ends=3)


def edit(file: Path, **said: object) -> None:
    """Change a record as anybody could."""
    file.write_text(json.dumps({**json.loads(file.read_text()), **said}))


def rewrite(desk: Desk, change: str, record: str, login: str, **said: object) -> None:
    """Change a record and sign it with a person's certificate, without our verbs."""
    file = desk.at(change) / f"{record}.json"
    edit(file, **said)
    file.with_name(file.name + ".sig").unlink()
    argv = ["ssh-keygen", "-q", "-Y", "sign", "-f", f"{desk.key(login)}-cert.pub"]
    subprocess.run([*argv, "-n", f"socle-change-{record}", str(file)], check=True, capture_output=True)
