"""The committed tables to be spoilt; and the SDK's own deprecation notices kept out of the report."""

import shutil
from pathlib import Path

import pytest

from infra.stackfile import ROOT


def pytest_configure(config: pytest.Config) -> None:
    """Silence them."""
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning:pulumi_openstack.*")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the committed tables, to be spoilt."""
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks")
    return tmp_path
