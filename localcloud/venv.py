"""OpenStack's virtual environment: built once a lock file into the cache, never half-used."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from localcloud import model
from localcloud.errors import CloudError, UsageError

LOCK = Path(__file__).parent / "requirements.txt"
PYTHON = "/usr/bin/python3"


def key() -> str:
    """What the environment depends on: the locked packages and the interpreter's version."""
    version = subprocess.run([PYTHON, "-V"], capture_output=True, check=True).stdout
    return hashlib.sha256(LOCK.read_bytes() + version).hexdigest()[:16]


def uv() -> str:
    """The installer: named by SOCLE_UV, beside this interpreter, or on the PATH."""
    beside = Path(sys.executable).parent / "uv"
    found = os.environ.get("SOCLE_UV") or (str(beside) if beside.exists() else shutil.which("uv"))
    if not found:
        raise UsageError("uv is not installed: run `make deps`")
    return found


def ensure(cache: Path) -> Path:
    """The environment's folder, built when missing. Takes about a minute and a half the first time."""
    folder = cache / "cloud" / f"venv-{key()}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder
        # Relocatable: scripts find their interpreter beside them, so the rename does not break them.
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
        env["UV_CACHE_DIR"] = str(cache / "uv" / "wheels")
        log = folder.parent / "venv.log"
        with log.open("w") as output:
            for command in (
                [uv(), "venv", "-q", "--python", PYTHON, "--relocatable", str(partial)],
                [
                    uv(),
                    "pip",
                    "install",
                    "-q",
                    "--python",
                    str(partial / "bin/python"),
                    "--require-hashes",
                    "-r",
                    str(LOCK),
                ],
            ):
                code = subprocess.run(command, env=env, stdout=output, stderr=output, check=False).returncode
                if code:
                    raise CloudError(
                        f"cannot build OpenStack's environment: {log.read_text().strip()[-400:]}"
                    )
        partial.rename(folder)
    return folder


def template_key(slot: int) -> str:
    """What a saved state depends on: packages, templates, services, the code that fills them, addresses."""
    here = Path(__file__).parent
    parts = [
        *sorted(here.glob("services/*.yaml")),
        *sorted(here.glob("templates/**/*.j2")),
        here / "tasks.py",
        here / "contents.py",
        here / "aggregates.py",
        here / "template.py",
        here / "model.py",
        here / "zones.py",
    ]
    digest = hashlib.sha256(f"{key()} {slot}".encode())
    for part in parts:
        digest.update(part.name.encode() + part.read_bytes())
    return digest.hexdigest()[:16]


def template_file(slot: int) -> Path:
    """Where that state is kept."""
    return model.cache_root() / "cloud" / f"template-{template_key(slot)}.tar.zst"
