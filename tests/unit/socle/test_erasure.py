"""Erasing a space: who may, what is noted, that the key is really gone, and the certificate."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any

import pyotp
import pytest

from infra.specification import load
from socle.admin import factor
from socle.admin.store import Store
from socle.env import Environment, describe
from socle.errors import ExitCode, FailureError, UserError
from socle.records import Verdict
from socle.space import certificate, erasure, key, objects, table, verify
from socle.space.left import left_of
from tests.unit.socle.conftest import ALPHA, Run
from tests.unit.socle.containers import SEALED, Containers, Version
from tests.unit.socle.stored import copied, volume

STACK = "local-space-alpha"
IN = Version("local-alpha-in", "letter", SEALED), Version("local-alpha-in", "codes", SEALED)
OUT = (Version("local-alpha-out", "result", SEALED), Version("local-alpha-out", "result", None))
MINE = {"env": "local", "layer": "space", "space": "alpha"}


def cloud(*, out: int = 0, volumes: bool = True) -> Any:
    """What openstacksdk shows of a closed space beside things of others."""
    tags = [f"{name}={value}" for name, value in MINE.items()]
    mine = volume("v1", "work", metadata=MINE)
    copy = volume("v2", "kept", source_volume_id="v1")
    other = volume("v3", "theirs", metadata={**MINE, "space": "beta"})
    return Thing(
        block_storage=Thing(
            volumes=lambda: [mine, copy, other] if volumes else [other],
            snapshots=lambda: [copied("s1", "v1", name="snap"), copied("s2", "v3")],
            backups=lambda: [copied("b1", "v1", encryption_key_id="k1"), copied("b2", "v3")],
        ),
        compute=Thing(servers=lambda **_: [Thing(id="i", name="x", metadata={"socle_env": "local"})]),
        network=Thing(
            networks=lambda: [
                Thing(id="n1", name="mine", tags=tags),
                Thing(id="n2", name="x", tags=["env=local"]),
            ],
            routers=list,
            security_groups=list,
        ),
        object_store=Thing(
            head=heads({"/local-alpha-in": 2, "/local-alpha-out": out}), get=Containers(*IN, *OUT).get
        ),
    )


def heads(counts: dict[str, int]) -> Callable[..., Any]:
    """How an object store answers for these containers."""

    def head(path: str, headers: dict[str, str]) -> Any:
        assert headers == {"X-Newest": "true"}
        count = str(counts.get(path))
        found = {"X-Container-Object-Count": count, "X-Container-Bytes-Used": count}
        return Thing(status_code=204 if path in counts else 404, headers=found)

    return head


def test_what_is_left_is_the_spaces_own_and_copies_of_its_volumes() -> None:
    assert [(one.kind, one.id) for one in left_of(cloud(), "local", "alpha")] == [
        ("network", "n1"),
        ("volume", "v1"),
        ("snapshot", "s1"),
        ("backup", "b1"),
        ("volume made from one of its", "v2"),
        ("container", "local-alpha-in"),
        ("container", "local-alpha-out"),
    ]


@pytest.fixture
def begun(tree: Path, monkeypatch: pytest.MonkeyPatch) -> erasure.Erasure:
    """An erasure of the space alpha, closed and sealed, before anything was done."""
    close(tree)
    monkeypatch.setattr(erasure, "connect", lambda _: cloud())
    environment: Environment = describe("local")
    made = erasure.Erasure(environment, STACK)
    key.key_of(made.keys, STACK)
    return made


def close(tree: Path) -> None:
    (tree / ALPHA).write_text((tree / ALPHA).read_text().replace("phase: open\n", "phase: closed\n"))


def test_a_destroyed_key_is_nowhere_and_never_comes_back(begun: erasure.Erasure) -> None:
    text = key.key_of(begun.keys, STACK)
    key.destroy(begun.keys, STACK)
    key.destroy(begun.keys, STACK)
    assert not [
        path for path in begun.keys.parent.rglob("*") if path.is_file() and text[:32] in path.read_text()
    ]
    with pytest.raises(UserError, match="the key that this space was given is gone"):
        key.key_of(begun.keys, STACK)


def test_results_that_were_not_exported_keep_a_space_from_being_erased(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "connect", lambda _: cloud(out=3))
    with pytest.raises(UserError, match=r"local-alpha-out holds 3 objects, 3 bytes that were not exported"):
        erasure.begin(begun, "one", "other")
    assert not begun.note.exists()


def test_an_object_store_that_does_not_answer_is_no_empty_one() -> None:
    found = gone()
    found.object_store.head = lambda *_, **__: Thing(status_code=503, headers={})
    with pytest.raises(FailureError, match="the object store answers 503"):
        left_of(found, "local", "alpha")


def ended(begun: erasure.Erasure) -> Path:
    """The certificate, as the steps leave it when the cloud did what it was told."""
    erasure.begin(begun, "one", "other")
    said: list[str] = []
    context: Any = Thing(say=said.append)
    steps = {step.name: step.work for step in erasure.steps(begun)}
    steps["key"](context)
    steps["certificate"](context)
    assert not begun.note.exists()
    return begun.certificate(date.today())


def verdicts(begun: erasure.Erasure, file: Path) -> dict[str, Verdict]:
    return {record.check: record.verdict for record in verify.verify(begun.environment, file)}


def test_a_certificate_holds_and_leaves_to_the_provider_what_is_the_providers(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch, tree: Path
) -> None:
    named = key.fingerprint(key.key_of(begun.keys, STACK))
    public = objects.known(begun.keys, STACK)
    file = ended(begun)
    said = json.loads(file.read_text())
    assert (said["key"], said["owner"], said["approver"]) == (named, "one", "other")
    assert said["objects"] == {"keys": [*public], "open to": [], "sealed": 3, "in clear": []}
    assert {"v1", "s1", "b1", "n1"} <= {one["id"] for one in said["was"]}
    assert [one["id"] for one in said["copies of others, unreadable"]] == ["v2"]
    monkeypatch.setattr(verify, "connect", lambda _: gone())
    assert verdicts(begun, file) == {
        "erasure-signature": Verdict.PASS,
        "erasure-key": Verdict.PASS,
        "erasure-objects": Verdict.PASS,
        "erasure-backups": Verdict.PASS,
        "erasure-cloud": Verdict.PASS,
        "erasure-number": Verdict.PASS,
        "erasure-provider": Verdict.UNPROVEN,
    }
    assert load("local-platform", tree).zones.spaces.retired == (1,)
    assert not (tree / ALPHA).exists()
    assert table.free_number("local") == 0


def gone() -> Any:
    """A cloud in which nothing of the space is left."""
    empty = Thing(**dict.fromkeys(("networks", "routers", "security_groups"), list))
    return Thing(
        block_storage=Thing(volumes=list, snapshots=list, backups=list),
        compute=Thing(servers=lambda **_: []),
        network=empty,
        object_store=Thing(head=heads({}), get=Containers().get),
    )


Spoil = Callable[[erasure.Erasure, Path], object]
SPOILT: list[tuple[str, Spoil]] = [
    ("erasure-signature", lambda _, file: file.write_text(file.read_text().replace('"other"', '"third"'))),
    ("erasure-signature", lambda _, file: file.with_name(file.name + ".sig").unlink()),
    ("erasure-key", lambda begun, _: key.key_file(begun.keys, STACK).write_text("0" * 128)),
    ("erasure-number", lambda _, __: table.keep(STACK, "config: {}\n")),
]


@pytest.mark.parametrize(("check", "spoil"), SPOILT)
def test_what_is_not_as_it_says_fails(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch, check: str, spoil: Spoil
) -> None:
    file = ended(begun)
    monkeypatch.setattr(verify, "connect", lambda _: gone())
    spoil(begun, file)
    found = verdicts(begun, file)
    assert [name for name, verdict in found.items() if verdict is Verdict.FAIL] == [check]


def test_what_lay_in_clear_or_opens_for_others_is_not_said_to_be_unreadable(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch, tree: Path
) -> None:
    clear = cloud()
    clear.object_store.get = Containers(*IN, Version("local-alpha-in", "plain.csv", b"a;b\n")).get
    monkeypatch.setattr(erasure, "connect", lambda _: clear)
    people = tree / "stacks/administrators.yaml"
    text = people.read_text()
    mine = objects.known(begun.keys, STACK)[0]
    people.write_text(text.replace("    approves:", f"    opens: {mine}\n    approves:", 1))
    file = ended(begun)
    monkeypatch.setattr(verify, "connect", lambda _: gone())
    found = {one.check: one for one in verify.verify(begun.environment, file)}["erasure-objects"]
    assert (found.verdict, "1 were in clear" in found.evidence) == (Verdict.UNPROVEN, True)
    assert "local-alpha-in/plain.csv" in found.evidence
    said = json.loads(file.read_text())
    assert said["objects"]["open to"] == ["sample"]
    for change, evidence in (
        ({"objects": {**said["objects"], "in clear": []}}, "also opens with keys of sample"),
        ({"objects": None}, "says nothing of them"),
    ):
        file.write_text(json.dumps({**said, **change}))
        found = {one.check: one for one in verify.verify(begun.environment, file)}["erasure-objects"]
        assert (found.verdict, evidence in found.evidence) == (Verdict.UNPROVEN, True)


def test_a_cloud_that_still_has_it_fails_and_one_that_is_silent_proves_nothing(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ended(begun)
    monkeypatch.setattr(verify, "connect", lambda _: cloud())
    assert verdicts(begun, file)["erasure-cloud"] is Verdict.FAIL
    copy = volume("v2", "kept", source_volume_id="v1")
    only = gone()
    only.block_storage.volumes = lambda: [copy]
    monkeypatch.setattr(verify, "connect", lambda _: only)
    assert verdicts(begun, file)["erasure-cloud"] is Verdict.UNPROVEN
    monkeypatch.setattr(verify, "connect", lambda _: Thing())
    assert verdicts(begun, file)["erasure-cloud"] is Verdict.UNPROVEN


def test_another_environments_keys_prove_nothing(
    begun: erasure.Erasure, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ended(begun)
    monkeypatch.setattr(verify, "connect", lambda _: gone())
    (begun.keys / f"{STACK}.given").unlink()
    assert verdicts(begun, file)["erasure-key"] is Verdict.UNPROVEN


def test_nobody_approves_alone(run: Run, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socle.space.erasing.work.connect", lambda _: cloud())
    monkeypatch.setattr("socle.space.erasing.run_steps", lambda *_, **__: {})
    monkeypatch.setattr(Environment, "embedded", True)
    refused = (
        (("erase", "alpha", "--approver", "sample"), "space alpha is open; close it first"),
        (("erase", "beta", "--approver", "sample"), "stacks/Pulumi.local-space-beta.yaml: no such file"),
    )
    for words, said in refused:
        code, out, error = run(*words, "--yes")
        assert (code, out, said in error) == (ExitCode.USAGE, [], True), error
    close(tree)
    text = (tree / ALPHA).read_text()
    (tree / ALPHA).write_text(text.replace("owner: project-alpha", "owner: sample"))
    code, _, error = run("erase", "alpha", "--approver", "sample", "--yes")
    assert (code, "sample answers for the space and cannot also approve" in error) == (ExitCode.USAGE, True)
    (tree / ALPHA).write_text(text)
    for login, said in (
        ("moon", "moon is no administrator of local"),
        ("sample", "no code on standard input"),
    ):
        code, _, error = run("erase", "alpha", "--approver", login, "--yes")
        assert (code, said in error) == (ExitCode.USAGE, True), error
    code, _, error = run("erase", "alpha", "--approver", "sample", "--yes", answer="000000\n")
    assert (code, "wrong code for sample" in error) == (ExitCode.USAGE, True)
    store = Store(tree / "state/envs/local/ca/people", "local")
    secret = json.loads(store.factor("sample").read_text())["secret"]
    code, said_lines, error = run(
        "erase", "alpha", "--approver", "sample", "--yes", answer=pyotp.TOTP(secret).now()
    )
    assert (code, error) == (0, "")
    assert said_lines[0].startswith("The space's key is destroyed first")
    note = json.loads((tree / "state/envs/local/erasures/local-space-alpha.note.json").read_text())
    assert note["approver"] == "sample"
    factor.forget(store, "sample")
    assert run("erase", "alpha", "--approver", "sample", "--yes")[0] == 0  # begun, so approved


def test_a_file_that_is_no_certificate_is_said_so(run: Run, tmp_path: Path) -> None:
    for name, text in (("a.json", "{}"), ("b.json", "no"), ("c.json", '{"format": "x"}')):
        (tmp_path / name).write_text(text)
        code, _, error = run("verify", str(tmp_path / name))
        assert (code, "not a certificate of an erasure" in error) == (ExitCode.USAGE, True)
    code, _, error = run("verify", str(tmp_path / "none.json"))
    assert (code, "no such file" in error) == (ExitCode.USAGE, True)


def test_the_signature_is_openssh_s_own(tmp_path: Path) -> None:
    public = certificate.signer(tmp_path, "local")
    file = tmp_path / "c.json"
    certificate.write(file, {"space": "x"}, public)
    assert certificate.objection(file, public, "local") == ""
    assert certificate.objection(file, replace_key(tmp_path), "local") != ""


def replace_key(folder: Path) -> Path:
    """Another environment's key."""
    return certificate.signer(folder / "elsewhere", "local")
