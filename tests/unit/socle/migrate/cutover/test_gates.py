"""The gates as a state machine: order, both ways, and the point of no return, whatever is tried."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socle.migrate.cutover import words
from socle.migrate.cutover.gates import (
    ORDER,
    Act,
    Gate,
    ImpossibleError,
    Position,
    Side,
    after,
    folded,
)
from socle.migrate.job import CutoverSpec

ACTS = st.tuples(st.sampled_from(Act), st.sampled_from(Gate))
SPEC = CutoverSpec(owner_file=Path("o"), writers=(Path("writer"),), retention_days=90)


def _likely(position: Position) -> st.SearchStrategy[tuple[Act, Gate]]:
    """What can follow, most of the time; anything, now and then."""
    ahead = st.tuples(st.sampled_from([Act.BEGUN, Act.PASSED]), st.just(position.next or Gate.DELETED))
    back = st.tuples(st.sampled_from([Act.UNDOING, Act.UNDONE]), st.just(position.last or Gate.READ_ONLY))
    return st.one_of(ahead, ahead, ahead, back, ACTS)


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[Position, Act, Gate, Position]]:
    """Steps that were possible: before, act, gate, after. They begin beyond some gates, to meet all."""
    position, taken = Position(), []
    straight = [(act, gate) for gate in ORDER for act in (Act.BEGUN, Act.PASSED)]
    straight = straight[: draw(st.integers(0, len(straight)))]
    for number in range(len(straight) + draw(st.integers(0, 12))):
        act, gate = straight[number] if number < len(straight) else draw(_likely(position))
        try:
            then = after(position, act, gate)
        except ImpossibleError:
            continue
        taken.append((position, act, gate, then))
        position = then
    return taken


@given(walks())
def test_a_gate_is_passed_only_after_all_before_it(taken: list[tuple[Position, Act, Gate, Position]]) -> None:
    for before, act, gate, then in taken:
        if act is Act.PASSED:
            assert before.begun
            assert all(before.holds(one) for one in ORDER[: ORDER.index(gate)])
            assert then.passed == before.passed + 1
        elif act is Act.BEGUN:
            assert then.passed == before.passed
        assert [then.holds(one) for one in ORDER] == [n < then.passed for n in range(len(ORDER))]


@given(walks())
def test_nothing_is_undone_once_the_deletion_has_begun(
    taken: list[tuple[Position, Act, Gate, Position]],
) -> None:
    beyond = False
    for _, act, gate, then in taken:
        assert not (beyond and act in (Act.UNDOING, Act.UNDONE))
        beyond = beyond or (act, gate) == (Act.BEGUN, Gate.DELETED)
        assert then.beyond_return == beyond
        if beyond:
            assert then.authoritative is Side.TARGET
            assert words.backward(then, None) == [] or then.beyond_return


@given(walks())
def test_what_is_half_undone_is_only_undone_to_its_end(
    taken: list[tuple[Position, Act, Gate, Position]],
) -> None:
    for (_, act, gate, _), (_, following, other, _) in pairwise(taken):
        if act is Act.UNDOING:
            assert other is gate
            assert following in (Act.UNDOING, Act.UNDONE)


@given(walks())
def test_one_side_counts_and_it_changes_only_with_the_switch(
    taken: list[tuple[Position, Act, Gate, Position]],
) -> None:
    for before, act, gate, then in taken:
        if before.authoritative is not then.authoritative:
            assert gate is Gate.SWITCHED
            assert (act, then.authoritative) in ((Act.PASSED, Side.TARGET), (Act.UNDONE, Side.SOURCE))
        if then.authoritative is Side.TARGET:  # whoever counts, the other may not be written to
            assert then.frozen


@given(walks())
def test_a_way_back_leads_to_the_beginning_from_everywhere_before_the_deletion(
    taken: list[tuple[Position, Act, Gate, Position]],
) -> None:
    position = taken[-1][3] if taken else Position()
    if position.beyond_return:
        for gate in ORDER:
            with pytest.raises(ImpossibleError, match="nothing can be undone"):
                after(position, Act.UNDOING, gate)
        return
    said = words.backward(position, None)
    steps = 0
    while gate := position.last:
        if not position.undoing:
            position = after(position, Act.UNDOING, gate)
        position = after(position, Act.UNDONE, gate)
        assert said[steps].startswith(f"Undo {gate}: ")
        steps += 1
    assert position == Position()
    assert len(said) == steps


@given(walks())
def test_a_record_read_again_says_the_same(taken: list[tuple[Position, Act, Gate, Position]]) -> None:
    read = folded((act, gate) for _, act, gate, _ in taken)
    assert read == (taken[-1][3] if taken else Position())


@given(walks(), st.sampled_from(ORDER))
def test_a_preview_names_each_gate_that_would_be_passed_and_where_nothing_is_undone_any_more(
    taken: list[tuple[Position, Act, Gate, Position]], to: Gate
) -> None:
    position = taken[-1][3] if taken else Position()
    said = words.forward(position, SPEC, to)
    assert [line.split(":")[0].split()[1] for line in said] == list(
        ORDER[position.passed : ORDER.index(to) + 1]
    )
    for line in said:
        assert ("POINT OF NO RETURN" in line) == line.startswith("7 deleted")
        assert ("Undone: " in line) != line.startswith("7 deleted")
