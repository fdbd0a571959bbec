"""rclone on the same two ends: a configuration in a folder of the bench's own, no secret in an argument."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

from socle.errors import FailureError
from socle.paths import ROOT

PATIENCE = 6 * 3600.0
_CHECKED = (0, 1)


def obtain() -> Path:
    """The program, fetched when it is missing; FailureError when that fails."""
    argv = ["/usr/bin/python3", str(ROOT / "toolchain" / "rclone.py")]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise FailureError("rclone could not be obtained", "toolchain/rclone.py", "see what it says above")
    return Path(json.loads(done.stdout)["program"])


@dataclass(frozen=True)
class Checked:
    """What a check said: marks by name (`*` differs, `-` only at the target, `+` only at the source)."""

    code: int
    marks: dict[str, str]
    not_compared: int
    """Objects whose hashes it could not compare."""


@dataclass(frozen=True)
class Rclone:
    """The program and its configuration, between a container at the source and one at the target."""

    program: Path
    config: Path
    folder: Path
    ends: tuple[str, str]
    workers: int

    @classmethod
    def lay(
        cls,
        folder: Path,
        connection: str,
        clouds: Path,
        source: str,
        target: str,
        *,
        login: str,
        workers: int,
    ) -> Rclone:
        """Write the configuration from Azure's connection string and a clouds.yaml with version 1 logins."""
        said = dict(part.split("=", 1) for part in connection.strip(";").split(";"))
        sas = generate_container_sas(
            said["AccountName"],
            source,
            account_key=said["AccountKey"],
            permission=ContainerSasPermissions(read=True, list=True),
            expiry=datetime.now(UTC) + timedelta(days=1),
        )
        entry = yaml.safe_load(clouds.read_text(encoding="utf-8"))["clouds"][login]["auth"]
        lines = [
            "[source]", "type = azureblob", f"sas_url = {said['BlobEndpoint'].rstrip('/')}/{source}?{sas}",
            "[target]", "type = swift", f"user = {entry['username']}", f"key = {entry['password']}",
            f"auth = {entry['auth_url']}", "auth_version = 1",
        ]  # fmt: skip
        config = folder / "rclone.conf"
        config.touch(0o600)
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return cls(obtain(), config, folder, (f"source:{source}", f"target:{target}"), workers)

    def argv(self, verb: str, *more: str) -> list[str]:
        """A command line from one end to the other, as many at once as ours."""
        at_once = ["--transfers", str(self.workers), "--checkers", str(self.workers)]
        return [str(self.program), verb, "--config", str(self.config), *at_once, *more, *self.ends]

    def env(self) -> dict[str, str]:
        """Nothing of this machine's settings."""
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    def check(self, *more: str) -> Checked:
        """Compare both ends; FailureError when it could not."""
        combined = self.folder / "combined"
        done = subprocess.run(
            self.argv("check", "--combined", str(combined), *more),
            env=self.env(), capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        if done.returncode not in _CHECKED or not combined.exists():
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            raise FailureError(f"rclone check ended with {done.returncode}: {last[:300]}")
        found = re.search(r"(\d+) hashes could not be checked", done.stderr)
        lines = combined.read_text(encoding="utf-8").splitlines()
        marks = {line[2:]: line[0] for line in lines if line[:1] in "*-+!"}
        return Checked(done.returncode, marks, int(found.group(1)) if found else 0)


def version() -> str:
    """Its own words for it; FailureError when it cannot be had."""
    argv = [str(obtain()), "version", "--config", ""]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"})
    return done.stdout.partition("\n")[0] or "rclone of an unknown version"
