"""What is taken from policies, what may be deleted, and what was written at the target since it counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.errors import FindingError
from socle.migrate.certify import manifest_line
from socle.migrate.cutover import authority, deletion
from socle.migrate.cutover.source import Policies, narrowed, unlike
from socle.migrate.ledger import Ledger
from socle.migrate.states import Event
from tests.unit.socle.migrate.conftest import Listing

RIGHTS = st.one_of(st.none(), st.lists(st.sampled_from("racwdxyltfmeopi"), unique=True).map("".join))
POLICIES = st.dictionaries(
    st.text("ab", min_size=1), st.fixed_dictionaries({"permission": RIGHTS, "start": st.none()}), max_size=5
).map(lambda said: {"public_access": None, "identifiers": said})


@given(POLICIES)
def test_what_writes_goes_and_what_reads_stays(policies: Policies) -> None:
    after = narrowed(policies)
    for name, said in policies["identifiers"].items():
        kept = after["identifiers"].get(name, {"permission": ""})["permission"]
        assert set(kept) == set(said["permission"] or "") & set("rlfe")
    assert narrowed(after) == after


def test_policies_that_somebody_else_changed_are_not_overwritten() -> None:
    before: Policies = {"public_access": None, "identifiers": {"w": {"permission": "rw"}}}
    unlike(before, narrowed(before), before)
    with pytest.raises(FindingError, match="somebody changed the access policies"):
        unlike({**before, "public_access": "blob"}, narrowed(before), before)


def _certified(ledger: Ledger, folder: Path) -> Path:
    lines = b"".join(manifest_line(item) + b"\n" for item in ledger.items("state = 'proven'", order="target"))
    folder.mkdir()
    (folder / "manifest.jsonl").write_bytes(lines)
    said = {"files": {"manifest.jsonl": hashlib.sha256(lines).hexdigest()}}
    (folder / "certificate.json").write_text(json.dumps(said))
    return folder


@pytest.fixture
def proven(empty: Ledger, listing: Listing, take: Callable[[], int]) -> Ledger:
    for name in ("a", "é", "b/c", "z"):
        listing.put(name, size=3)
    take()
    for item in range(1, 5):
        empty.tell(item, Event.COPIED, sha256=f"{item}")
        empty.tell(item, Event.PROVEN, proof=2)
    return empty


@given(doubts=st.sets(st.integers(1, 4)), changed=st.sets(st.integers(1, 4)))
def test_only_what_is_certified_and_proven_anew_is_listed(
    tmp_path_factory: pytest.TempPathFactory, doubts: set[int], changed: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("deletion")
    with Ledger(folder / "ledger.sqlite", make=True) as ledger:
        insert = (
            "INSERT INTO objects (name, snapshot, size, etag, modified, type, tier, content, metadata, tags,"
            " target, folded, seen, state, sha256, proof)"
            " VALUES (?1, '', 3, '1', 'm', 'b', 'Hot', '{}', '{}', '{}', ?1, ?1, 1, 'proven', 'aa', 3)"
        )
        names = {1: "a", 2: "é", 3: "b/c", 4: "z"}
        for name in names.values():
            ledger.base.execute(insert, (name,))
        certificate = _certified(ledger, folder / "certificate")
        for item in doubts:
            ledger.base.execute("UPDATE objects SET proof = 2 WHERE id = ?", (item,))
        for item in changed:  # another version was copied and proven, which nobody has accepted
            ledger.base.execute("UPDATE objects SET sha256 = 'bb', etag = '2' WHERE id = ?", (item,))
        file = folder / "list.jsonl"
        count, size, digest = deletion.listed(ledger, certificate, 3, file)
    listed = {json.loads(line)["name"] for line in file.read_text().splitlines()}
    assert listed == {name for item, name in names.items() if item not in doubts | changed}
    assert (count, size) == (len(listed), 3 * len(listed))
    assert digest == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_manifest_that_was_changed_lists_nothing(proven: Ledger, tmp_path: Path) -> None:
    certificate = _certified(proven, tmp_path / "certificate")
    manifest = certificate / "manifest.jsonl"
    manifest.write_bytes(b"".join(manifest.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(FindingError, match="not the manifest of its certificate"):
        deletion.listed(proven, certificate, 2, tmp_path / "list")
    assert not (tmp_path / "list").exists()


class Dated:
    """A target's listing."""

    container = "c"

    def __init__(self, objects: dict[str, datetime]) -> None:
        self.objects = objects

    def dated(self, _container: str) -> Iterator[tuple[str, int, datetime]]:
        for name in sorted(self.objects, key=str.encode):
            yield name, 3, self.objects[name]


def test_what_came_changed_or_went_at_the_target_is_told(proven: Ledger) -> None:
    switch = datetime(2026, 11, 30, tzinfo=UTC)
    before, since = switch - timedelta(days=1), switch + timedelta(seconds=1)
    same = dict.fromkeys(("a", "é", "b/c", "z"), before)
    assert list(authority.written_since(proven, Dated(same), switch)) == []  # type: ignore[arg-type]
    other = {"a": since, "aa": since, "b/c": before, "z": before}
    told = list(authority.written_since(proven, Dated(other), switch))  # type: ignore[arg-type]
    assert told == ["a was changed", "aa was made", "é was removed"]
