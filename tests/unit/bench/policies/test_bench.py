"""The figures of bench.policies, and its command line; previews are run by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.policies import __main__ as program
from bench.policies.figures import Compared
from socle.errors import ExitCode

SAMPLES = {"without": [10.0, 12.0, 11.0], "pack": [11.0, 11.5, 13.0], "naive": [33.0]}


def test_ratios_are_of_medians_over_no_pack() -> None:
    row = Compared.of(SAMPLES).row()
    assert (row["pack_ratio"], row["naive_ratio"]) == (1.05, 3.0)
    assert row["pack"]["min"] == 11.0


def test_a_way_that_was_not_measured_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing was measured"):
        Compared.of({**SAMPLES, "naive": []})


@pytest.mark.parametrize(("pack", "ends"), [([11.0], ExitCode.HOLDS), ([12.5], ExitCode.FINDINGS)])
def test_a_pack_that_costs_too_much_is_a_finding(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pack: list[float], ends: ExitCode
) -> None:
    monkeypatch.setattr(program, "measured", lambda *_: Compared.of({**SAMPLES, "pack": pack}))
    assert program.main(["--resources", "100", "--output", str(tmp_path / "f.json")]) == ends
    assert '"resources": 112' in (tmp_path / "f.json").read_text()


def test_bad_usage_and_a_failed_tool_are_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert program.main(["--output", str(tmp_path / "none/f.json")]) == ExitCode.USAGE
    assert capsys.readouterr().err.count("\n") == 1

    def failing(*_: object) -> Compared:
        raise AssertionError("error: no\nsuch thing")

    monkeypatch.setattr(program, "measured", failing)
    assert program.main(["--output", str(tmp_path / "f.json")]) == ExitCode.OWN_FAILURE
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit) as ended:
        program.main(["--resources", "0"])
    assert ended.value.code == ExitCode.USAGE
