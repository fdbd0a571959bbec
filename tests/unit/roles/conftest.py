"""The stand-in for a bastion, an authority of people, and certificates of it: made once a session."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from socle.admin import authority
from socle.admin.store import Store
from tests.unit.roles.machine import Machine

HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("ca") / "people", "local")
    with made.locked():
        authority.ensure(made)
        authority.published(made)
    return made


@pytest.fixture(scope="session")
def machine(store: Store) -> Iterator[Machine]:
    made = Machine()
    try:
        made.converge(store.public.read_text().strip(), listed(store))
        made.start_sshd()
        yield made
    finally:
        made.close()


def listed(store: Store) -> str:
    return base64.b64encode(store.revoked.read_bytes()).decode()


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


class Signed:
    """Certificates for the session's key."""

    def __init__(self, store: Store, key: Path) -> None:
        self.store, self.key = store, key

    def __call__(self, login: str, **said: Any) -> Path:
        said = {"until": datetime.now(UTC) + HOUR, **said}
        made = authority.sign(self.store, login, self.key.with_suffix(".pub").read_text().strip(), **said)
        path = self.key.with_name(f"{self.store.at.parent.name}-{made.serial}-cert.pub")
        path.write_text(made.text)
        return path


@pytest.fixture
def signed(store: Store, key: Path) -> Signed:
    return Signed(store, key)
