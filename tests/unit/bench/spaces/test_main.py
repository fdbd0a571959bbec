"""How a run goes on, and how it ends: one line and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.spaces import __main__ as module
from bench.spaces import facts
from bench.spaces.ground import Ground, place
from bench.spaces.record import Half
from infra.facts import FactError
from socle.env import Environment
from socle.errors import FailureError, FindingError, UserError
from tests.unit.bench.spaces.test_figures import half
from tests.unit.bench.test_rounds import Report


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (UserError("cloud x does not stand", "clouds.yaml", "start it"), 2, "clouds.yaml: cloud x"),
        (FactError("stacks/flows.yaml:3: unknown key"), 2, "stacks/flows.yaml:3: unknown key"),
        (FailureError("pulumi up ended with 1"), 1, "pulumi up ended with 1; the same command goes on"),
        (FindingError("not the same"), 3, "not the same"),
        (KeyboardInterrupt(), 1, "interrupted; the same command goes on; --clean removes"),
        (RuntimeError("two\nlines"), 1, "RuntimeError: two lines; set SOCLE_DEBUG=1"),
    ],
)
def test_every_failure_is_one_line_and_a_code(
    raised: BaseException,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_asked: object) -> int:
        raise raised

    monkeypatch.delenv("SOCLE_DEBUG", raising=False)
    monkeypatch.setattr(module, "bench", fail)
    assert module.main(["--cloud", "local"]) == code
    said = capsys.readouterr().err
    assert said.startswith(f"bench.spaces: {line}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "words", [["--spaces", "2"], ["--spaces", "501"], ["--rounds", "0"], ["--parallel", "x"]]
)
def test_what_cannot_be_measured_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        module.arguments(["--cloud", "local", *words])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("bench.spaces: ")


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`measured` with stand-ins for platform, proxy and rounds; what each half was measured with."""
    here = Environment("local", tmp_path, {"OS_CLIENT_CONFIG_FILE": "x", "SOCLE_STACK": "local-platform"})
    place(here).mkdir()
    ground = Ground(Environment("local", place(here), here.variables), tmp_path, tmp_path)
    seen: list[tuple[int, int]] = []

    def one(_made: object, _rounds: object, _asked: object, exist: Sequence[int], more: int) -> Half:
        seen.append((len(exist), more))
        return half(len(exist), 1.0)

    class Running:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(module, "_half", one)
    monkeypatch.setattr(module.fleet, "platform", lambda *_: None)
    monkeypatch.setattr(module, "before", lambda *_: None)
    monkeypatch.setattr(module, "running", lambda *_: Running())
    monkeypatch.setattr(module, "write_copy", lambda *_: tmp_path)
    asked = SimpleNamespace(spaces=5, rounds=1, parallel=2, cloud="local")
    run = lambda: module.measured(asked, ground, here, None, Report())  # type: ignore[arg-type]  # noqa: E731
    return SimpleNamespace(run=run, seen=seen, ground=ground)


def test_few_are_measured_once_and_what_comes_on_top_is_never_one_of_the_many(
    measured: Any,
) -> None:
    few, many = measured.run()
    assert (few.spaces, many.spaces) == (2, 5)
    assert measured.seen == [(2, 5), (5, 5)]
    again, _ = measured.run()
    assert again == few
    assert measured.seen[2:] == [(5, 5)]


def test_when_many_stand_it_is_too_late_for_few(measured: Any) -> None:
    for number in range(3):
        (measured.ground.finished / facts.stack_of(number)).touch()
    with pytest.raises(UserError, match=r"many spaces stand, and nothing was measured with few.*--clean"):
        measured.run()
    assert measured.seen == []
