"""A cutover's record survives a lost ledger, and is not read when a line was changed."""

from __future__ import annotations

import json

import pytest

from socle.errors import FailureError, FindingError
from socle.migrate.cutover.cli import still_source
from socle.migrate.cutover.gates import ORDER, Act, Gate, ImpossibleError
from socle.migrate.cutover.passage import Passage
from socle.migrate.job import Job


def _pass(passage: Passage, *gates: Gate) -> None:
    for gate in gates:
        passage.note(Act.BEGUN, gate)
        passage.note(Act.PASSED, gate, of=str(gate))


def test_acts_are_read_again_with_what_was_said(job: Job) -> None:
    passage = Passage(job)
    with passage.alone():
        _pass(passage, Gate.READ_ONLY, Gate.DELTA)
    again = Passage(job)
    assert again.position == passage.position
    assert again.said(Act.PASSED, Gate.DELTA)["of"] == "delta"
    assert again.said(Act.PASSED, Gate.SWITCHED) == {}


def test_an_act_that_cannot_follow_is_not_kept(job: Job) -> None:
    passage = Passage(job)
    with passage.alone():
        with pytest.raises(ImpossibleError):
            passage.note(Act.BEGUN, Gate.DELETED)
        assert Passage(job).entries == []


def test_two_at_once_are_refused(job: Job) -> None:
    with Passage(job).alone(), pytest.raises(FailureError, match="another cutover"), Passage(job).alone():
        pass


@pytest.mark.parametrize("harm", ["line", "order", "act"])
def test_a_changed_record_is_refused(job: Job, harm: str) -> None:
    passage = Passage(job)
    with passage.alone():
        _pass(passage, Gate.READ_ONLY, Gate.DELTA)
    file = passage.folder / "journal.jsonl"
    lines = file.read_text().splitlines()
    if harm == "line":
        lines[1] = lines[1].replace('"of": "read-only"', '"of": "anything"')
    elif harm == "order":
        lines[0], lines[1] = lines[1], lines[0]
    else:
        last = json.loads(lines[-1])
        lines[-1] = json.dumps({**last, "event": "undone"})
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(FindingError, match="the cutover's record"):
        Passage(job)


def test_a_last_line_cut_off_is_set_aside_and_the_act_said_again(job: Job) -> None:
    passage = Passage(job)
    with passage.alone():
        _pass(passage, Gate.READ_ONLY)
    with (passage.folder / "journal.jsonl").open("a") as stream:
        stream.write('{"at": "20')
    again = Passage(job)
    with again.alone():
        assert again.position == passage.position
        again.note(Act.BEGUN, Gate.DELTA)
    assert Passage(job).position.begun
    assert (passage.folder / "journal.cut").read_text() == '{"at": "20\n'


def test_nothing_is_copied_over_a_target_that_counts(job: Job) -> None:
    still_source(job)
    passage = Passage(job)
    with passage.alone():
        _pass(passage, *ORDER[: ORDER.index(Gate.SWITCHED)])
        still_source(job)
        _pass(passage, Gate.SWITCHED)
        with pytest.raises(FindingError, match="would overwrite"):
            still_source(job)
        passage.note(Act.UNDOING, Gate.SWITCHED)
        with pytest.raises(FindingError, match="would overwrite"):
            still_source(job)
        passage.note(Act.UNDONE, Gate.SWITCHED)
    still_source(job)
