"""A whole cutover on a real source and a real target, and the way back from each gate."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable

import pytest

from tests.changes import desk as people
from tests.migration.desk import Desk
from tests.migration.office import Office, open_office

BEFORE = {"readers": "rl", "writers": "rcwdl"}


@pytest.fixture
def office(desk: Callable[..., Desk], staffed: people.Desk) -> Office:
    """A migration that is copied, and a source that changed since."""
    laid = desk(buffer_mib=1 / 16, segment_mib=1 / 8, workers=4)
    for name in ("stays", "changes", "goes", "harmed later"):
        laid.upload(name, f"first {name}".encode())
    laid.upload("large", os.urandom(300_000))
    laid.source.get_blob_client("stays").create_snapshot()
    made = open_office(laid, staffed)
    made.migrate("inventory")
    made.migrate("copy")
    made.writer.upload_blob("changes", b"other", overwrite=True)
    made.writer.upload_blob("comes", b"late")
    made.writer.delete_blob("goes")
    return made


def _sources(office: Office) -> set[str]:
    return {blob.name for blob in office.owner.list_blobs(include=["snapshots"])}


def test_a_whole_cutover_to_the_deletion_at_the_source(office: Office) -> None:
    said = office.migrate("cutover", "--preview", "--to", "deleted")
    assert [line.split()[0] for line in said.splitlines()[1:]] == list("1234567")
    assert "THE POINT OF NO RETURN" in said.splitlines()[-1]
    assert (office.policies(), office.writes(), office.counts()) == (BEFORE, True, "")

    said = office.migrate("cutover", "--yes", ends=4)
    assert "waits for 2 different persons, accepted by nobody" in said
    assert "1 new (4 bytes), 1 changed (5 bytes), 1 deleted" in said
    assert (office.policies(), office.writes()) == ({"readers": "rl", "writers": "rl"}, False)
    assert office.desk.names() >= {"comes", "changes", "large"}
    assert "goes" not in office.desk.names()
    assert office.desk.store.get(office.desk.path("changes")).content == b"other"

    assert "may not approve changes of the data layer" in office.accept("cleo", ends=3)
    office.accept("anna")
    office.accept("anna")
    assert "waits for 2 different persons, accepted by anna" in office.migrate("cutover", "--yes", ends=4)
    assert office.counts() == ""
    assert "accepted by anna, bert" in office.accept("bert")
    assert "the target counts" in office.migrate("cutover", "--yes")
    assert (office.counts(), office.writes()) == ("target", False)
    authority = json.loads(office.document("authority.json").read_text())
    assert (authority["authoritative"], authority["accepted"]) == ("target", ["anna", "bert"])
    _signed(office, "authority.json", "socle-migration-authority")
    assert "a copy would overwrite" in office.migrate("copy", ends=3)
    assert "the target counts" in office.migrate("status")

    assert "90 days more" in office.migrate("cutover", "--to", "deleted", "--yes", ends=4)
    office.desk.store.put(office.desk.path("harmed later"), data=b"of the target's own")
    said = office.migrate("cutover", "--to", "deleted", "--yes", how="later", ends=4)
    assert "5 objects" in said
    assert "1 are not proven any more, and stay" in said
    assert "waits for 2 different persons, accepted by nobody" in said
    office.accept("anna")
    office.accept("bert")
    before = _sources(office)
    assert len(before) == 5
    said = office.migrate("cutover", "--to", "deleted", "--yes", how="later")
    assert _sources(office) == {"harmed later"}
    attested = json.loads(office.document("attestation.json").read_text())
    assert (attested["objects"], attested["kept"], attested["left_at_the_source"]) == (5, [], 1)
    assert attested["accepted"] == ["anna", "bert"]
    _signed(office, "attestation.json", "socle-migration-deletion")
    assert "nothing can be undone any more" in office.migrate("rollback", "--yes", ends=3)
    assert office.counts() == "target"


def _signed(office: Office, name: str, purpose: str) -> None:
    file = office.document(name)
    public = file.parents[2] / "key" / "key.pub"
    signers = file.with_name("signers")
    signers.write_text(f"socle-migration {public.read_text()}")
    argv = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "socle-migration", "-n", purpose]
    subprocess.run([*argv, "-s", f"{file}.sig"], input=file.read_bytes(), check=True, capture_output=True)


def test_each_gate_has_its_way_back(office: Office) -> None:
    office.migrate("cutover", "--to", "read-only", "--yes", how="killed", ends=137)
    assert not office.writes()
    for gate in ("read-only", "delta", "verified"):
        office.migrate("cutover", "--to", gate, "--yes")
        assert (office.writes(), office.counts()) == (False, "")
        assert "not begun; the source counts" in office.migrate("rollback", "--yes")
        assert (office.policies(), office.writes()) == (BEFORE, True)
    office.migrate("cutover", "--yes", ends=4)
    office.accept("anna")
    office.accept("bert")
    office.migrate("cutover", "--yes")
    office.desk.store.put(office.desk.path("made since"), data=b"n")
    office.desk.store.delete(office.desk.path("stays"))
    said = office.migrate("rollback", "--yes", ends=3)
    assert "since the switch made since was made" in said
    assert "since the switch stays was removed" in said
    assert "2 objects were written" in said
    assert (office.counts(), office.writes()) == ("target", False)
    office.migrate("rollback", "--leave-behind", "--yes")
    assert (office.counts(), office.writes(), office.policies()) == ("source", True, BEFORE)
    assert json.loads(office.document("authority.json").read_text())["authoritative"] == "source"
    office.desk.store.delete(office.desk.path("made since"))
    assert "stays: target: is not there" in office.migrate("cutover", "--yes", ends=4)
    said = office.migrate("cutover", "--yes", ends=4)
    assert "copied anew: 1 copied" in said
    assert "accepted by nobody (the acceptance of anna is for another dossier" in said


def test_a_writer_that_no_policy_binds_holds_a_cutover_up(office: Office) -> None:
    bound = office.desk.folder / "writers.connection"
    signature = bound.read_text()
    bound.write_text((office.desk.folder / "owner.connection").read_text())
    said = office.migrate("cutover", "--to", "read-only", "--yes", ends=3)
    assert "this writer still writes: no stored access policy binds its credential" in said
    bound.write_text(signature)
    office.migrate("cutover", "--to", "read-only", "--yes")
    office.owner.upload_blob("by the owner", b"in spite of all")
    office.migrate("cutover", "--to", "verified", "--yes")
    office.owner.upload_blob("after the certificate", b"x")
    office.migrate("cutover", "--yes", ends=4)
    office.accept("anna")
    office.accept("bert")
    said = office.migrate("cutover", "--yes", ends=3)
    assert "after the certificate is new at the source since all was certified" in said
    assert office.counts() == ""
    office.migrate("rollback", "--to", "read-only", "--yes")
    said = office.migrate("cutover", "--yes", ends=4)
    assert "1 copied" in said


def test_a_limit_by_the_hour_is_kept_by_copy_and_verification(desk: Callable[..., Desk]) -> None:
    import time

    here = desk(workers=1, bandwidth={"mb_per_second": {"00:00-24:00": 0.5}})
    for name in range(4):
        here.upload(f"{name}", os.urandom(500_000))
    here.run("inventory")
    for verb in ("copy", "verify"):
        began = time.monotonic()
        here.run(verb)
        assert time.monotonic() - began >= 1_500_000 / 500_000, verb
