"""A copy of the committed tables, to be spoilt."""

import shutil
from pathlib import Path

import pytest

from infra.stackfile import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the committed tables, to be spoilt."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path
