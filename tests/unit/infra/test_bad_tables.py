"""Every way to spoil the tables: one line with file, line and fix, and nothing was sent to any cloud.

The program is entered as Pulumi enters it, on a copy of the committed tables.
"""

import runpy
from pathlib import Path
from unittest import mock

import pulumi
import pytest
from pulumi.runtime.config import set_all_config

from infra import stackfile
from infra.stackfile import ROOT
from tests.unit.infra.bad_tables import BAD, stack_of
from tests.unit.infra.program import KEY, Run, listen


@pytest.fixture(autouse=True)
def _key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nothing but the tables can be the reason."""
    (tmp_path / "id_ed25519.pub").write_text(KEY)
    monkeypatch.setenv("SOCLE_SSH_DIR", str(tmp_path))


def enter(stack: str, tree: Path) -> Run:
    """What infra/ asked for on the tables of `tree`; every request is in when it returns or gives up."""
    result = Run()
    listen(result, stack)
    set_all_config({})

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program() -> None:
        runpy.run_path(str(ROOT / "infra"), run_name="__main__")

    with mock.patch.object(stackfile, "ROOT", tree), mock.patch("pulumi.log.error") as log:
        try:
            program()
        except SystemExit:
            result.told = [call.args[0] for call in log.call_args_list]
    return result


@pytest.mark.parametrize("stack", ["local-platform", "local-space-alpha", "local-data"])
def test_sound_tables_ask_for_resources(tree: Path, stack: str) -> None:
    """The twin of the test below, which would pass for ever if the program were not entered at all."""
    result = enter(stack, tree)
    assert result.told == []
    assert any(made.type.startswith("openstack:") for made in result.made)


@pytest.mark.parametrize("case", BAD, ids=[f"{case[0]}-{case[2]}" for case in BAD])
def test_wrong_tables_end_in_one_line_and_ask_for_nothing(
    tree: Path, case: tuple[str, str, str, str, int | None]
) -> None:
    file, old, new, said, offset = case
    path = tree / "stacks" / file
    text = path.read_text()
    assert old in text, f"{old!r} is not in {file}: the test changes nothing"
    path.write_text(text.replace(old, new, 1))
    result = enter(stack_of(file), tree)
    (told,) = result.told
    assert said in told
    assert "\n" not in told
    line = text[: text.index(old)].count("\n") + 1
    assert told.startswith(f"stacks/{file}:" if offset is None else f"stacks/{file}:{line + offset}: "), told
    assert result.made == []
    assert result.asked == []
