"""Each verb reads its own module and no other's libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.main import get_command

from socle import verbs
from socle.cli import app
from socle.paths import ROOT

OF_CLOUDS = {"azure", "openstack", "keystoneauth1", "swiftclient"}


@pytest.mark.parametrize("verb", ["hosts", "env", "check", "flows"])
def test_a_verb_does_not_read_the_libraries_of_clouds(verb: str) -> None:
    code = (
        "import sys; from socle.cli import app\n"
        f"try: app([{verb!r}, '--help'], standalone_mode=False)\n"
        "finally: print('read:', *{name.partition('.')[0] for name in sys.modules})"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Usage: " in told.stdout
    assert not OF_CLOUDS & set(told.stdout.rpartition("read:")[2].split())


@pytest.mark.parametrize("verb", [*verbs.FAMILIES, *verbs.ALONE])
def test_every_verb_is_there_and_says_what_it_is_for(verb: str) -> None:
    group = get_command(app)
    assert isinstance(group, verbs.Verbs)
    assert verb in group.list_commands(None)
    assert group.get_command(None, verb).get_short_help_str()


def test_an_unknown_verb_is_none() -> None:
    group = get_command(app)
    assert isinstance(group, verbs.Verbs)
    assert group.get_command(None, "chek") is None
