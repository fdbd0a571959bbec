"""A real source without Azure: Azurite on the loopback, with an account of its own and a random key."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from socle.paths import ROOT
from tests.migration.swift import free_ports, running, wait_for

START_SECONDS = 180
INSTALL_SECONDS = 600


def obtained() -> list[str]:
    """The command that starts it, installed from its lock when the cache has it not."""
    argv = ["/usr/bin/python3", str(ROOT / "toolchain" / "azurite.py")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    return [said["node"], said["program"]]


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Its connection string, while the block runs. The key goes by the environment."""
    account, key = "tested", base64.b64encode(secrets.token_bytes(64)).decode()
    (port,) = free_ports(1)
    log = folder / "azurite.log"
    argv = [*obtained(), "--location", str(folder), "--blobPort", str(port)]
    argv += ["--silent", "--disableTelemetry"]
    argv += ["--silent", "--disableTelemetry"]
    argv.append("--skipApiVersionCheck")  # the client is newer than the emulator
    env = {**os.environ, "AZURITE_ACCOUNTS": f"{account}:{key}"}
    with running(argv, log, env) as process:
        wait_for(port, process, log, START_SECONDS)
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};"
            f"BlobEndpoint=http://127.0.0.1:{port}/{account};"
        )
