"""What a test of migrations works with: a source container, a target container, a file and the verbs."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openstack
import yaml
from azure.storage.blob import BlobServiceClient, ContainerClient

from socle.errors import SocleError
from socle.migrate.cli import app
from socle.records import Record, Verdict, read_json
from tests.migration.swift import Swift


@dataclass
class Desk:
    """One migration on real servers."""

    folder: Path
    source: ContainerClient
    target: str
    store: Any
    file: Path
    swift: Swift
    last: str = ""

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.folder / "state" / "migrations" / "tested" / "ledger.sqlite"

    def env(self) -> dict[str, str]:
        """Of the verbs: a state of its own and the test's clouds."""
        chosen = {"SOCLE_STATE": str(self.folder / "state"), "OS_CLIENT_CONFIG_FILE": str(self.swift.clouds)}
        return {**{n: v for n, v in os.environ.items() if not n.startswith("OS_")}, **chosen}

    def argv(self, verb: str, *more: str) -> list[str]:
        """The command line of a verb."""
        return [sys.executable, "-m", "socle", "migrate", verb, str(self.file), *more]

    def run(self, verb: str, *more: str, ends: int = 0) -> list[Record]:
        """Run a verb's code in this process; its records. What it said is `last`."""
        code, found = self.attempt(verb, *more)
        shown = [
            (r.check, r.target, str(r.verdict), r.evidence) for r in found if r.verdict is not Verdict.PASS
        ]
        assert code == ends, (self.last, shown)
        return found

    def attempt(self, verb: str, *more: str) -> tuple[int, list[Record]]:
        """The same, whatever it ends with: exit code and records. What no verb foresees is raised."""
        report = self.folder / "report.json"
        report.unlink(missing_ok=True)
        reported = [] if verb in ("certify", "status") else ["--format", "json", "--output", str(report)]
        printed = io.StringIO()
        with self.environment(), redirect_stdout(printed), redirect_stderr(printed):
            try:
                code = app([verb, str(self.file), *more, *reported], standalone_mode=False) or 0
            except SocleError as error:
                printed.write(str(error))
                code = int(error.exit_code)
        self.last = printed.getvalue()
        return code, list(read_json(report)) if report.exists() else []

    @contextmanager
    def environment(self) -> Iterator[None]:
        """The verbs' environment, for a while."""
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self.env())
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def said(self, records: list[Record], check: str) -> dict[str, str]:
        """Evidence by target of what did not pass a check."""
        return {r.target: r.evidence for r in records if r.check == check and r.verdict is not Verdict.PASS}

    def upload(self, name: str, data: bytes, **more: Any) -> None:
        """A blob at the source."""
        self.source.upload_blob(name, data, overwrite=True, **more)

    def names(self, container: str = "") -> set[str]:
        """What the target holds."""
        return {found["name"] for found in self.store.get(f"/{container or self.target}?format=json").json()}

    def path(self, name: str, container: str = "") -> str:
        """A target object's path for raw requests."""
        return f"/{container or self.target}/{quote(name, safe='/')}"


def lay(
    folder: Path, connection: str, swift: Swift, name: str, source: ContainerClient | None = None, **more: Any
) -> Desk:
    """A target container of this name, a source too unless one is given, and a migration between them."""
    if source is None:
        source = BlobServiceClient.from_connection_string(connection, retry_total=3).create_container(name)
    store = openstack.connection.Connection(
        config=openstack.config.OpenStackConfig(config_files=[str(swift.clouds)]).get_one("writer")
    ).object_store
    rights = {"X-Container-Read": "test:reader"}
    assert store.put(f"/{name}", headers=rights).status_code < 300
    secret = folder / "source.connection"
    secret.touch(0o600)
    secret.write_text(connection)
    file = folder / "tested.yaml"
    said = {
        "name": "tested",
        "source": {"container": source.container_name, "connection_file": "source.connection"},
        "target": {"cloud": "writer", "reader": "reader", "container": name},
        **more,
    }
    file.write_text(yaml.safe_dump(said))
    return Desk(folder, source, name, store, file, swift)
