"""Who decides a cutover: a checkout whose table names people, their certificates, and the verbs run there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import AccessPolicy, ContainerClient, generate_container_sas

from tests.changes import desk as people
from tests.migration.desk import Desk

DECIDE = {"anna": ["data"], "bert": ["data"], "cleo": ["platform"]}
PATIENCE = 300.0
_LATER = """
import sys
from datetime import timedelta
from socle.migrate.cutover.desk import Desk
now = Desk.now
Desk.now = lambda self: now(self) + timedelta(days=91)
sys.argv[0] = "socle"
from socle.cli import main
main()
"""
_KILLED = """
import os, sys
from socle.migrate.cutover.source import Owner
setting = Owner.set_policies
def killed(self, wanted):
    setting(self, wanted)
    os._exit(137)
Owner.set_policies = killed
sys.argv[0] = "socle"
from socle.cli import main
main()
"""


@dataclass
class Office:
    """Where the verbs of one migration run; `desk` has its two ends."""

    desk: Desk
    people: people.Desk
    owner: ContainerClient
    writer: ContainerClient
    reader: ContainerClient

    def migrate(self, verb: str, *more: str, ends: int = 0, how: str = "") -> str:
        """A verb in a process of its own; what it said. `how`: `later` (in 91 days), `killed` (see above)."""
        program = {"": ["-m", "socle"], "later": ["-c", _LATER], "killed": ["-c", _KILLED]}[how]
        argv = [sys.executable, *program, "migrate", verb, str(self.desk.file), *more]
        done = subprocess.run(
            argv, cwd=self.people.checkout, env=self.people.env, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        assert done.returncode == ends, said
        assert "Traceback" not in said
        return said

    def accept(self, login: str, ends: int = 0) -> str:
        return self.migrate("accept", "--as", login, "--yes", ends=ends)

    def writes(self) -> bool:
        """Whether the writer's own credential is taken; the reader's has to be."""
        assert self.reader.download_blob("stays").readall() == b"first stays"
        try:
            self.writer.upload_blob("by the writer", b"w", overwrite=True)
        except HttpResponseError as error:
            if error.status_code == 403:
                return False
            raise
        self.writer.delete_blob("by the writer")
        return True

    def policies(self) -> dict[str, str]:
        found = self.owner.get_container_access_policy()["signed_identifiers"]
        return {one.id: one.access_policy.permission for one in found}

    def document(self, name: str) -> Path:
        return self.people.folder / "state" / "migrations" / "tested" / "cutover" / name

    def counts(self) -> str:
        """Which side counts, as the target's container says."""
        said = self.desk.store.head(f"/{self.desk.target}").headers
        return str(said.get("X-Container-Meta-Socle-Authoritative", ""))


def staff(folder: Path) -> people.Desk:
    """A checkout with a data layer, and people with certificates."""
    project = people.checkout(folder / "checkout")
    people.employ(project, folder / "keys", DECIDE)
    stacks = project / "stacks"
    text = (
        (stacks / "Pulumi.local-data.yaml").read_text().replace("environment: local", "environment: staging")
    )
    (stacks / "Pulumi.staging-data.yaml").write_text(text)
    made = people.Desk("staging", project, folder, folder / "keys")
    made.admit(*DECIDE)
    return made


def open_office(desk: Desk, staffed: people.Desk) -> Office:
    """The migration's file with a cutover: who writes is bound by a policy, the owner has the key.

    Who copies has it too: Azurite takes no container's signature for a snapshot.
    """
    connection = (desk.folder / "source.connection").read_text()
    key, end = (re.search(f"{what}=([^;]+)", connection)[1] for what in ("AccountKey", "BlobEndpoint"))  # type: ignore[index]
    until = datetime.now(UTC) + timedelta(days=2)
    rights = {"readers": "rl", "writers": "rcwdl"}
    desk.source.set_container_access_policy(
        {name: AccessPolicy(permission=right, expiry=until) for name, right in rights.items()}
    )
    for name in rights:
        signature = generate_container_sas(
            "tested", desk.source.container_name, account_key=key, policy_id=name
        )
        _secret(desk.folder / f"{name}.connection", f"BlobEndpoint={end};SharedAccessSignature={signature}")
    _secret(desk.folder / "owner.connection", connection)
    said: dict[str, Any] = yaml.safe_load(desk.file.read_text())
    said["cutover"] = {
        "owner_file": "owner.connection",
        "writers": ["writers.connection"],
        "retention_days": 90,
    }
    desk.file.write_text(yaml.safe_dump(said))
    shutil.copytree(staffed.folder / "state", desk.folder / "state")  # everybody's certificates
    clouds = {"OS_CLIENT_CONFIG_FILE": str(desk.swift.clouds)}
    at = people.Desk(staffed.name, staffed.checkout, desk.folder, staffed.keys, clouds)
    writer, reader = (
        ContainerClient.from_connection_string(
            (desk.folder / f"{name}.connection").read_text(), desk.source.container_name, retry_total=0
        )
        for name in ("writers", "readers")
    )
    return Office(desk, at, desk.source, writer, reader)


def _secret(file: Path, text: str) -> None:
    file.touch(0o600)
    file.write_text(text)
