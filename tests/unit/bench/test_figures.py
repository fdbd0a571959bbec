"""Medians, ratios, and which run of one tool stands beside which run of the other."""

import pytest

from bench.up.figures import LINES, Part, Sample, compared, figure, order


def samples(tool: str, part: Part, *seconds: float) -> list[Sample]:
    return [Sample(tool, part, each, each / 2) for each in seconds]


def test_a_figure_is_the_median_with_its_extremes() -> None:
    found = figure(samples("pulumi", Part.UP, 30.004, 20.0, 100.0))
    assert (found.median, found.min, found.max, found.cpu) == (30.0, 20.0, 100.0, 15.0)
    assert found.samples == (30.0, 20.0, 100.0)
    assert figure(samples("pulumi", Part.UP, 1.0, 2.0)).median == 1.5


def test_nothing_measured_gives_no_figure() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        figure([])


def test_the_ratio_is_pulumis_time_over_tofus() -> None:
    taken = [
        sample
        for part, ours, theirs in (
            (Part.UP, 30.0, 40.0),
            (Part.AGAIN, 3.0, 1.0),
            (Part.READ, 6.0, 4.0),
            (Part.DESTROY, 20.0, 10.0),
        )
        for sample in (*samples("pulumi", part, ours), *samples("tofu", part, theirs))
    ]
    found = compared(taken)
    assert [line.what for line in found] == [what for what, _, _ in LINES]
    # Made; second run: by default, neither reads, both read; destroyed.
    assert [line.ratio for line in found] == [0.75, 0.75, 3.0, 1.5, 2.0]
    row = found[0].row()
    assert row["ratio"] == 0.75
    assert row["pulumi"]["samples"] == (30.0,)


def test_a_tool_that_was_not_measured_is_not_compared() -> None:
    with pytest.raises(ValueError, match="no samples"):
        compared(samples("pulumi", Part.UP, 1.0))


def test_each_tool_is_first_every_other_round() -> None:
    assert [order(number, ["pulumi", "tofu"])[0] for number in (1, 2, 3)] == ["pulumi", "tofu", "pulumi"]
    assert order(2, ["pulumi", "tofu"]) == ["tofu", "pulumi"]
