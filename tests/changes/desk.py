"""A checkout of the project with a small program, and a desk where people work on one environment of it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import yaml

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds for one command on a machine that has other work
SECRETS = ("seeded-for-changes-77c1e4", "seeded-for-changes-0b52d8")
PEOPLE = {"anna": ["platform"], "bert": ["platform"], "cleo": ["data"]}
NETWORKS = {"staging": "10.64.0.0/16", "production": "10.80.0.0/16"}
GIT = ("git", "-c", "user.name=Anna", "-c", "user.email=anna@example.org", "-c", "commit.gpgsign=false")
QUIET = ("--non-interactive", "--color", "never")


def checkout(folder: Path) -> Path:
    """The project as it lies here, committed, with our program in the place of its own."""
    for name in ("socle", "infra", "stacks", "toolchain", "tests/changes/files"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(ROOT / "tests/changes/program", folder / "program")
    shutil.copy(ROOT / ".gitignore", folder)
    (folder / ".venv").symlink_to(sys.prefix)
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    project["main"] = "program/"
    project["plugins"] = {"providers": [{"name": "socle-files", "path": "tests/changes/files"}]}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    for name, network in NETWORKS.items():
        text = (ROOT / "stacks/Pulumi.local-platform.yaml").read_text()
        text = text.replace("environment: local", f"environment: {name}").replace("10.16.0.0/16", network)
        (folder / f"stacks/Pulumi.{name}-platform.yaml").write_text(text)
    git(folder, "init", "-q")
    return folder


def git(folder: Path, *arguments: str) -> str:
    """Run it."""
    return subprocess.run([*GIT, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


def employ(folder: Path, keys: Path, people: Mapping[str, list[str]] = PEOPLE) -> None:
    """Everybody into the table, each with a key of their own."""
    keys.mkdir()
    listed = []
    for login, layers in people.items():
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", login, "-f", str(keys / login)]
        subprocess.run(make, check=True)
        listed.append(
            {
                "login": login,
                "name": f"{login.title()} of these tests",
                "environments": list(NETWORKS),
                "reaches": ["bastion"],
                "approves": layers,
                "keys": [" ".join((keys / f"{login}.pub").read_text().split()[:2])],
                "owner": "platform-team",
                "approver": "security-officer",
                "reason": "Proposes and approves changes in tests",
                "granted": _day(-1),
                "expiry": _day(200),
            }
        )
    (folder / "stacks/administrators.yaml").write_text(yaml.safe_dump({"administrators": listed}))


@dataclass
class Desk:
    """One environment, on a backend of its own, with a folder for a cloud."""

    name: str
    checkout: Path
    folder: Path
    keys: Path
    exported: dict[str, str] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        return f"{self.name}-platform"

    @property
    def home(self) -> Path:
        """The environment's folder."""
        return self.folder / "state" / "envs" / self.name

    @property
    def cloud(self) -> Path:
        return self.folder / f"cloud-{self.name}"

    @property
    def env(self) -> dict[str, str]:
        """What a person's shell has; nothing of the machine's own settings."""
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.folder),
            "PYTHONPATH": str(self.checkout),
            "VIRTUAL_ENV": sys.prefix,
            "SOCLE_STATE": str(self.folder / "state"),
            "SOCLE_CACHE": os.environ.get("SOCLE_CACHE") or str(Path.home() / ".cache" / "socle"),
            "SOCLE_CLOUD": self.name,
            "SOCLE_STACK": self.stack,
            **self.exported,
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin one of our verbs."""
        return subprocess.Popen(
            [sys.executable, "-m", "socle", *arguments],
            cwd=self.checkout,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def socle(self, *arguments: str, fed: str = "", ends: int = 0) -> str:
        """Run it; what it printed, or its one line when it has to end with another code than 0."""
        with self.start(*arguments) as process:
            out, err = process.communicate(fed, timeout=PATIENCE)
        assert process.returncode == ends, out + err
        if not (ends and err):
            return out
        assert len(err.splitlines()) == 1, err
        return err

    def pulumi(self, *arguments: str, ends: int | None = 0) -> str:
        """Run pulumi as in `socle shell`."""
        argv = ["pulumi", *arguments, *QUIET]
        done = subprocess.run(
            argv,
            cwd=self.checkout,
            env=self.shell,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        said = done.stdout + done.stderr
        assert (done.returncode == ends) if ends is not None else done.returncode, said
        return said

    @property
    def shell(self) -> dict[str, str]:
        """The environment of `socle shell`."""
        if not hasattr(self, "_shell"):
            lines = self.socle("env", "--shell").splitlines()
            said = dict(line.removeprefix("export ").partition("=")[::2] for line in lines if "=" in line)
            self._shell = {key: shlex.split(value)[0] for key, value in said.items()}
        return {**self.env, **self._shell}

    def open(self, *logins: str) -> None:
        """People get second factors and certificates, the stack its place in the state."""
        self.cloud.mkdir()
        self.admit(*logins)
        own = self.shell.get("PULUMI_OPTION_CONFIG_FILE")
        if own:  # as ensure_stack does: away from the committed file
            Path(own).parent.mkdir()
            Path(own).write_text("{}\n")
            (Path(own).parent / "Pulumi.yaml").write_text("name: hdh\nruntime: python\n")
        init = ["pulumi", "stack", "init", self.stack, "--no-select", *QUIET]
        env = {key: value for key, value in self.shell.items() if key != "PULUMI_OPTION_CONFIG_FILE"}
        at = Path(own).parent if own else self.checkout
        subprocess.run(init, cwd=at, env=env, check=True, capture_output=True)

    def admit(self, *logins: str) -> None:
        """People get second factors and certificates."""
        for login in logins:
            uri = self.socle("admin", "enrol", login)
            secret = parse_qs(urlsplit(uri.strip()).query)["secret"][0]
            shutil.copy(self.keys / f"{login}.pub", self.key(login).with_suffix(".pub"))
            shutil.copy(self.keys / login, self.key(login))
            public = str(self.key(login).with_suffix(".pub"))
            self.socle("admin", "sign", login, "--key", public, fed=pyotp.TOTP(secret).now() + "\n")

    def key(self, login: str) -> Path:
        """A person's key for this environment, where the verbs look for it."""
        return Path(self.shell["SOCLE_SSH_DIR"]) / login

    def configure(self, **said: str) -> None:
        """Set keys of the stack's configuration; `token` is a secret, for which pulumi is needed."""
        if "token" in said:
            self.pulumi("config", "set", "--stack", self.stack, "--secret", "trial:token", said.pop("token"))
        file = self.configuration
        kept = yaml.safe_load(file.read_text())
        kept.setdefault("config", {}).update({f"trial:{name}": value for name, value in said.items()})
        file.write_text(yaml.safe_dump(kept))

    @property
    def configuration(self) -> Path:
        """Where Pulumi keeps it."""
        own = self.shell.get("PULUMI_OPTION_CONFIG_FILE")
        return Path(own) if own else self.checkout / f"stacks/Pulumi.{self.stack}.yaml"

    def propose(self, *arguments: str, login: str = "anna", ends: int = 0) -> str:
        """A proposal's name, or the line that refuses it."""
        reason = ("--reason", "For a test of four eyes")
        said = self.socle("change", "propose", self.stack, "--as", login, *reason, *arguments, ends=ends)
        found = re.search(r"socle change approve (\S+);", said)
        return found[1] if found else said

    def approve(self, change: str, login: str = "bert", ends: int = 0) -> str:
        return self.socle("change", "approve", change, "--as", login, "--yes", ends=ends)

    def apply(self, change: str, ends: int = 0) -> str:
        return self.socle("change", "apply", change, "--yes", ends=ends)

    def at(self, change: str) -> Path:
        """A change's folder."""
        return self.home / "changes" / change

    def made(self) -> dict[str, dict[str, Any]]:
        """What the cloud holds."""
        return {
            path.name: json.loads(path.read_text())
            for path in sorted(self.cloud.iterdir())
            if path.name != "image"
        }


@contextmanager
def put_back(*paths: Path) -> Iterator[None]:
    """Whatever is done to these files and folders meanwhile, they are as they were afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        aside = {path: Path(folder) / path.name for path in paths}
        for path, copy in aside.items():
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, copy)
        try:
            yield
        finally:
            for path, copy in aside.items():
                if path.is_dir():
                    shutil.rmtree(path)
                shutil.move(copy, path)


def _day(ahead: int) -> Any:
    from datetime import UTC, datetime, timedelta

    return (datetime.now(UTC) + timedelta(days=ahead)).date()
