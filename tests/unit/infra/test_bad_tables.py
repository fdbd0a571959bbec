"""Every way to spoil the tables: one line with file, line and fix, and nothing was sent to any cloud.

The program is entered as Pulumi enters it, on a copy of the committed tables.
"""

from pathlib import Path

import pytest

from tests.unit.infra.bad_tables import BAD, stack_of
from tests.unit.infra.entering import enter

pytestmark = pytest.mark.usefixtures("ssh_dir")


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
