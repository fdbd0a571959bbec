"""One source and one target for all of these tests, both real; containers and a ledger for each test.

[nightly]: `pytest tests/migration`; it needs no cloud, only the embedded cloud's environment in the cache.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.changes import desk as people
from tests.migration import azurite, office, swift
from tests.migration.desk import Desk, lay
from tests.migration.swift import Swift

_NUMBER = itertools.count()


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Azurite's connection string."""
    with azurite.serve(tmp_path_factory.mktemp("azurite")) as connection:
        yield connection


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    """Swift."""
    with swift.serve(tmp_path_factory.mktemp("swift")) as serving:
        yield serving


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> people.Desk:
    """People who may decide, with certificates that hold some hours."""
    return office.staff(tmp_path_factory.mktemp("staff"))


@pytest.fixture
def desk(tmp_path: Path, source: str, target: Swift) -> Callable[..., Desk]:
    """Lays a migration of its own."""

    def laid(**more: Any) -> Desk:
        folder = tmp_path / f"desk-{next(_NUMBER)}"
        folder.mkdir()
        return lay(folder, source, target, f"base{next(_NUMBER)}", **more)

    return laid
