"""A delta tells what is new, changed or deleted, and nothing else; history keeps what was before."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socle.migrate import delta
from socle.migrate.delta import Kind
from socle.migrate.job import Job
from socle.migrate.ledger import Ledger
from socle.migrate.states import Event
from tests.unit.socle.migrate.conftest import Listing

Take = Callable[[], int]


def _told(ledger: Ledger) -> dict[str, str]:
    return {one.name: str(one.kind) for one in delta.changes(ledger)}


def test_what_is_new_changed_or_deleted_is_told_once(
    job: Job, empty: Ledger, listing: Listing, take: Take, tmp_path: Path
) -> None:
    for name in ("stays", "changes", "goes", "x" * 65, "cold"):
        listing.put(name, tier="Archive" if name == "cold" else "Hot")
    take()
    assert set(_told(empty).values()) == {"new"}
    listing.put("changes", size=7, etag="2")
    listing.put("comes")
    del listing.blobs["goes"]
    take()
    assert _told(empty) == {"changes": "changed", "comes": "new", "goes": "deleted"}
    said = delta.summary(job, empty).evidence
    assert "inventory 2 against the one before: 1 new (1 bytes), 1 changed (7 bytes), 1 deleted" in said
    delta.write(empty, tmp_path / "changes")
    lines = [json.loads(line) for line in (tmp_path / "changes").read_text().splitlines()]
    assert lines[0] == {"kind": "changed", "name": "changes", "snapshot": "", "size": 7, "etag": "2"}
    take()
    assert _told(empty) == {}


def test_history_keeps_the_version_that_was_before(empty: Ledger, listing: Listing, take: Take) -> None:
    listing.put("a", size=3, etag="first")
    take()
    listing.put("a", size=4, etag="second")
    take()
    assert empty.history(1) == [("listed", ""), ("changed", "was found, 3 bytes, ETag first"), ("listed", "")]


def test_what_comes_back_as_it_was_is_a_change(empty: Ledger, listing: Listing, take: Take) -> None:
    listing.put("a")
    take()
    blob = listing.blobs.pop("a")
    take()
    listing.blobs["a"] = blob
    take()
    assert _told(empty) == {"a": "changed"}


CONTENT = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 3))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(CONTENT, min_size=2, max_size=4))
def test_deltas_are_the_differences_of_listings(
    empty: Ledger, listing: Listing, take: Take, states: list[dict[str, int]]
) -> None:
    before: dict[str, int] | None = None
    empty.base.executescript("DROP TRIGGER IF EXISTS events_remain; DELETE FROM events; DELETE FROM objects;")
    for after in states:
        listing.blobs.clear()
        for name, version in after.items():
            listing.put(name, etag=str(version))
        take()
        if before is not None:
            known = [name for name in after if name in before]
            assert _told(empty) == {
                **dict.fromkeys(before.keys() - after.keys(), "deleted"),
                **{name: "changed" for name in known if before[name] != after[name]},
                # what was there once and comes again is a change to the ledger
                **{name: _told(empty)[name] for name in after.keys() - before.keys()},
            }
            assert all(_told(empty)[name] in ("new", "changed") for name in after.keys() - before.keys())
        before = after


class Standing:
    """A target that holds headers of objects and can lose them."""

    def __init__(self, objects: dict[str, dict[str, str]]) -> None:
        self.objects = objects
        self.segments: list[str] = []

    def head(self, name: str) -> dict[str, str] | None:
        return self.objects.get(name)

    def remove(self, name: str) -> None:
        self.objects.pop(name, None)

    def remove_segment(self, name: str) -> None:
        self.segments.append(name)


def test_only_what_still_is_our_copy_is_removed_and_only_once(
    empty: Ledger, listing: Listing, take: Take
) -> None:
    for name in ("ours", "replaced", "kept"):
        listing.put(name)
    take()
    for item in (1, 2, 3):
        empty.tell(item, Event.COPIED, sha256="aa", segments='[["s", 1, "m"]]' if item == 1 else "[]")
    del listing.blobs["ours"], listing.blobs["replaced"]
    take()
    bears = {"x-object-meta-sha256": "aa", "x-object-meta-source-etag": "1"}
    target = Standing({"ours": bears, "replaced": {**bears, "x-object-meta-sha256": "bb"}, "kept": bears})
    assert [item.name for item in delta.leftovers(empty)] == ["ours", "replaced"]
    assert delta.remove(empty, target) == 1  # type: ignore[arg-type]
    assert (sorted(target.objects), target.segments) == (["kept", "replaced"], ["s"])
    assert [item.name for item in delta.leftovers(empty)] == ["replaced"]
    assert {one.kind for one in delta.changes(empty)} == {Kind.DELETED}
