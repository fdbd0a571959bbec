"""How a run ends: with one line and an exit code, and with nothing left in the cloud."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.up import __main__ as module
from bench.up.figures import Part
from infra.facts import FactError
from socle.errors import FailureError, UserError
from tests.unit.bench.test_rounds import Report


@pytest.mark.parametrize(
    ("raised", "code", "line"),
    [
        (UserError("cloud x does not stand", "clouds.yaml", "start it"), 2, "clouds.yaml: cloud x"),
        (FactError("stacks/flows.yaml:3: unknown key"), 2, "stacks/flows.yaml:3: unknown key"),
        (FailureError("tofu apply ended with 1"), 1, "tofu apply ended with 1"),
        (KeyboardInterrupt(), 1, "interrupted; what it could not remove"),
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
    def fail(_: object) -> None:
        raise raised

    monkeypatch.setattr(module, "bench", fail)
    assert module.main(["--cloud", "x"]) == code
    said = capsys.readouterr().err
    assert said.startswith(f"bench.up: {line}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "words", [[], ["--cloud", "x", "--rounds", "0"], ["--cloud", "x", "--parallel", "a"]]
)
def test_a_bad_command_line_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        module.main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def tool(name: str, made: int, run: Callable[[Part, object], None]) -> Any:
    return SimpleNamespace(name=name, state=lambda: Counter(port=made) if made else Counter(), run=run)


def test_what_a_failed_run_made_is_destroyed_and_then_swept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []

    def broken(part: Part, _: object) -> None:
        done.append(f"pulumi {part.name}")
        raise FailureError("the state is locked")

    monkeypatch.setattr(module, "sweep", lambda *given: done.append(f"sweep {given[1]}"))
    tools = [
        tool("pulumi", 3, broken),
        tool("tofu", 2, lambda part, _: done.append(f"tofu {part.name}")),
        tool("idle", 0, lambda part, _: done.append(f"idle {part.name}")),
    ]
    module.clean_up(tools, object(), Report())
    assert done == ["pulumi DESTROY", "tofu DESTROY", "sweep bench"]
    assert "pulumi could not: the state is locked" in capsys.readouterr().err


def test_a_provider_or_a_cloud_that_does_not_stand_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    with pytest.raises(UserError, match="cloud none does not stand; start it: `make up CLOUD=none`"):
        module.standing("none")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "/etc/openstack/clouds.yaml")
    with pytest.raises(UserError, match="this is a provider's cloud"):
        module.standing("none")
