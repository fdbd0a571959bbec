"""The pure parts of a migration: names, headers, partitions, the tree, states, pace."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.migrate import headers, merkle
from socle.migrate.ends import BusyError, CutError, EndError, retry_after
from socle.migrate.headers import Limits, TooMuchError
from socle.migrate.names import Placed, Refused, folded, place, unfit
from socle.migrate.pace import Pace
from socle.migrate.partitions import DELIMITER, cut
from socle.migrate.states import Event, ImpossibleError, State, after
from socle.migrate.work import Failed, patiently

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
LONGEST = 200


def _place(name: str, snapshot: str = "", *, map_long: bool = True) -> Placed | Refused:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return place(name, snapshot, LONGEST, map_long=map_long, digest=digest)


@given(NAMES)
def test_a_name_that_fits_stays_as_it_is(name: str) -> None:
    placed = _place(name)
    if unfit(name):
        assert isinstance(placed, Refused)
    elif len(name.encode()) <= LONGEST:
        assert placed == Placed(name)


@given(st.text("é/日a", min_size=150, max_size=400), st.sampled_from(["", "2026-11-30T19:31:28.1234567Z"]))
def test_a_long_name_is_mapped_within_the_limit_and_told_apart(name: str, snapshot: str) -> None:
    placed, other = _place(name, snapshot), _place(name + "x", snapshot)
    assert isinstance(placed, Placed)
    assert isinstance(other, Placed)
    assert len(placed.name.encode()) <= LONGEST
    assert placed.name != other.name
    if len(name.encode()) > LONGEST:
        assert isinstance(_place(name, snapshot, map_long=False), Refused)


@pytest.mark.parametrize("name", ["a/../b", "..", "./a", "a/.", "new\nline", "\x00", "\ud800"])
def test_a_name_that_cannot_be_asked_for_is_refused(name: str) -> None:
    assert unfit(name)


@pytest.mark.parametrize("name", ["a.", "a/", "a//b", "/a", "...", "a/.../b", "?#%"])
def test_dots_slashes_and_marks_are_no_reason_to_refuse(name: str) -> None:
    assert not unfit(name)


def test_composed_and_decomposed_letters_fold_to_one() -> None:
    assert folded("e\u0301") == folded("\u00e9")


PAIRS = st.dictionaries(
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True), st.text(max_size=40), max_size=5
)


@given(PAIRS, PAIRS)
def test_metadata_come_back_as_they_were(metadata: dict[str, str], tags: dict[str, str]) -> None:
    metadata = {name: value.encode(errors="ignore").decode() for name, value in metadata.items()}
    tags = {name: value.encode(errors="ignore").decode() for name, value in tags.items()}
    made = headers.headers(
        {"sha256": "0" * 64}, {"metadata": metadata, "tags": tags}, Limits(meta=1 << 20, count=999)
    )
    assert all(len(value) <= Limits().value and value.isascii() for value in made.values())
    assert headers.read(made, "metadata") == metadata
    assert headers.read(made, "tags") == tags


def test_too_much_metadata_is_refused() -> None:
    with pytest.raises(TooMuchError, match="the target allows 4096"):
        headers.headers({}, {"metadata": {"a": "x" * 4100}}, Limits())


def test_metadata_added_at_the_target_differ_and_the_servers_own_headers_do_not() -> None:
    wanted = headers.native({"content-type": "text/csv"})
    assert headers.differences(wanted, {**wanted, "x-timestamp": "1"}) == []
    assert headers.differences(wanted, {**wanted, "x-object-meta-a": "1"}) == ["x-object-meta-a"]
    assert headers.differences(wanted, {"content-type": "text/plain"}) == ["content-type"]


TREES = st.sets(st.text("ab/", min_size=1, max_size=8), max_size=30)


@given(TREES, st.integers(1, 12))
def test_each_name_is_in_exactly_one_partition(names: set[str], enough: int) -> None:
    def below(prefix: str) -> set[str]:
        rests = (name[len(prefix) :] for name in names if name.startswith(prefix))
        return {prefix + rest.partition(DELIMITER)[0] + DELIMITER for rest in rests if DELIMITER in rest}

    made = cut(below, enough)
    for name in names:
        assert sum(partition.holds(name) for partition in made) == 1


def _plainly(entries: list[bytes]) -> bytes:
    """The root as RFC 6962 defines it, word by word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    half = 1
    while half * 2 < len(entries):
        half *= 2
    return hashlib.sha256(b"\1" + _plainly(entries[:half]) + _plainly(entries[half:])).digest()


ENTRIES = st.lists(st.binary(max_size=8), max_size=40)


@given(ENTRIES)
def test_the_root_is_the_standards(entries: list[bytes]) -> None:
    assert merkle.root(entries) == _plainly(entries)


@given(ENTRIES.filter(bool), st.data())
def test_one_entry_is_shown_to_be_under_the_root_and_no_other(
    entries: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    path, root = merkle.path(entries, index), merkle.root(entries)
    assert merkle.holds(entries[index], index, len(entries), path, root)
    assert not merkle.holds(entries[index] + b"x", index, len(entries), path, root)
    assert not merkle.holds(entries[index], len(entries), len(entries), path, root)


@given(st.lists(st.sampled_from(Event), max_size=25))
def test_nothing_is_proven_that_was_not_copied_since_the_last_doubt(events: list[Event]) -> None:
    state, copied = State.FOUND, False
    for event in events:
        try:
            state = after(state, event)
        except ImpossibleError:
            continue
        if event in (Event.COPIED, Event.ADOPTED):
            copied = True
        elif event not in (Event.PROVEN, Event.UNREAD, Event.DELETED):
            copied = False
        assert state is not State.PROVEN or copied
        assert (state in (State.COPIED, State.PROVEN)) == copied


def test_the_pace_narrows_by_half_once_for_what_began_together_and_widens_one_by_one() -> None:
    now = [0.0]
    pace = Pace(16, first=8, clock=lambda: now[0])
    pace.slow_down(1)
    pace.slow_down(1)
    assert (pace.width, pace.pause()) == (4, 1.0)
    now[0] = 2.0
    for _ in range(4):
        pace.went_well()
    assert pace.width == 5
    for _ in range(500):
        pace.went_well()
    assert pace.width == 16


def _failing(error: EndError, times: int) -> tuple[list[int], object]:
    tried: list[int] = []

    def do() -> str:
        tried.append(1)
        if len(tried) <= times:
            raise error
        return "done"

    pace = Pace(2, clock=iter(range(0, 100_000, 100)).__next__)
    return tried, patiently(pace, do, sleep=lambda _: None)


def test_a_busy_end_is_asked_again_and_given_up_at_last() -> None:
    assert _failing(BusyError("503", 0.1), 3)[1] == "done"
    tried, ended = _failing(BusyError("target: 503", 0.1), 99)
    assert (len(tried), ended) == (6, Failed("target: 503 (6 times)"))


def test_a_refusal_is_not_asked_again_and_a_body_cut_each_time_is_told_apart() -> None:
    tried, ended = _failing(EndError("target: 401", login=True), 99)
    assert (len(tried), ended) == (1, Failed("target: 401", login=True))
    tried, ended = _failing(CutError("target: 1 of 2 bytes came", 0.1), 99)
    assert (len(tried), ended) == (3, Failed("target: 1 of 2 bytes came (3 times)", cut=True))


@pytest.mark.parametrize(
    ("said", "seconds"), [("7", 7.0), ("0", 0.1), ("9999", 60.0), ("soon", 0.5), (None, 0.5)]
)
def test_a_pause_asked_for_is_kept_within_reason(said: str | None, seconds: float) -> None:
    assert retry_after(said) == seconds
