"""The committed tables, to be spoilt."""

import shutil
from pathlib import Path

import pytest

from infra.stackfile import ROOT
from tests.unit.infra.program import KEY


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the committed tables, to be spoilt."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path


@pytest.fixture
def ssh_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a missing key is never the reason."""
    (tmp_path / "id_ed25519.pub").write_text(KEY)
    monkeypatch.setenv("SOCLE_SSH_DIR", str(tmp_path))
