"""What an approval is bound to, read from this checkout, its tools, the environment and the stack's state."""

from __future__ import annotations

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import yaml

from infra.stackfile import PROJECT, stack_file
from socle.change.record import Bound, digest
from socle.env import Environment
from socle.errors import FailureError, FindingError, UserError
from socle.paths import ROOT
from socle.state.backend import Stack, export, pending
from socle.state.store import open_store
from socle.toolchain import toolchain_bin


def commit() -> str:
    """The commit that the checkout is at; FindingError when files differ from it."""
    shown = _git("-c", "status.showUntrackedFiles=all", "status", "--porcelain").splitlines()
    if shown:
        some = ", ".join(line[3:] for line in shown[:3]) + (" and more" if len(shown) > 3 else "")  # noqa: PLR2004
        raise FindingError(f"the checkout has changes that are in no commit: {some}", "tree", "commit them")
    return _git("rev-parse", "HEAD").strip()


def tree() -> str:
    """A digest of every tracked file as it lies on the disk: git can be told to look away, this cannot."""
    sums = hashlib.sha256()
    for name in _git("ls-files", "-z", "--cached").split("\0"):
        path = ROOT / name
        if not name or not (path.is_file() or path.is_symlink()):
            continue
        content = bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
        sums.update(f"{name}\0{path.lstat().st_mode & 0o100:o}\0{len(content)}\0".encode() + content)
    return sums.hexdigest()


def tools(environment: Environment) -> str:
    """Versions of pulumi, Python and every installed distribution, as one digest."""
    said = _tool(environment, "pulumi", "version")
    packages = sorted({f"{it.metadata['Name']}=={it.version}".lower() for it in distributions()})
    built = [path.parent.name for path in toolchain_bin()]
    return hashlib.sha256(
        "\n".join([said, platform.python_version(), *built, *packages]).encode()
    ).hexdigest()


def configuration(environment: Environment, stack: str) -> str:
    """A digest of the file in which Pulumi keeps the stack's configuration, secrets encrypted in it."""
    own = environment.variables.get("PULUMI_OPTION_CONFIG_FILE")
    return digest(Path(own) if own else stack_file(stack))


def target(environment: Environment) -> dict[str, str]:
    """Which cloud is meant: names and an address, nothing secret."""
    name = environment.variables["OS_CLOUD"]
    file = Path(environment.variables["OS_CLIENT_CONFIG_FILE"])
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))["clouds"][name]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return {"cloud": name}
    auth = said.get("auth") or {}
    found = {"cloud": name, "region": said.get("region_name")}
    found |= {key: auth.get(key) for key in ("auth_url", "project_name", "project_id")}
    return {key: str(value) for key, value in found.items() if value}


def deployment(environment: Environment, stack: str) -> dict[str, Any]:
    """The stack's state; UserError when there is no such stack, FindingError when something is half done."""
    found = export(environment, Stack(PROJECT, stack))
    if found is None:
        raise UserError("there is no such stack in the state", stack, f"pulumi stack init {stack}")
    if begun := pending(found):
        raise FindingError(
            f"{len(begun)} operations were begun and not ended ({begun[0]})",
            stack,
            f"python -m infra.leftovers --stack {stack}",
        )
    return found


def state_digest(found: dict[str, Any]) -> str:
    """A digest of a state; every update gives another, since the state bears its time."""
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def serial(environment: Environment, stack: str) -> int:
    """How many updates the stack's history counts, those that failed too."""
    store = open_store(environment.variables["PULUMI_BACKEND_URL"])
    keys = store.keys(f".pulumi/history/{PROJECT}/{stack}/")
    return sum(".history.json" in key for key in keys)


def read(environment: Environment, stack: str) -> tuple[Bound, dict[str, Any]]:
    """All of it as it is now, and the stack's state."""
    at, state = commit(), deployment(environment, stack)
    now = Bound(
        commit=at,
        tree=tree(),
        tools=tools(environment),
        configuration=configuration(environment, stack),
        target=target(environment),
        state=state_digest(state),
        serial=serial(environment, stack),
    )
    return now, state


def differences(was: Bound, now: Bound) -> Iterator[str]:
    """One phrase for each thing that is no longer as it was."""
    if was.commit != now.commit:
        yield f"the program: the checkout is at {now.commit[:12]}, proposed was {was.commit[:12]}"
    elif was.tree != now.tree:
        yield "the program: a tracked file is not what the commit says, though git shows no change"
    if was.tools != now.tools:
        yield "the tools: pulumi, Python or an installed package has another version"
    if was.configuration != now.configuration:
        yield "the stack's configuration"
    if was.target != now.target:
        differing = sorted(
            key for key in was.target | now.target if was.target.get(key) != now.target.get(key)
        )
        yield "the cloud meant: " + ", ".join(
            f"{key} is {now.target.get(key, 'unset')}, was {was.target.get(key, 'unset')}"
            for key in differing
        )
    if was.state != now.state:
        by = f"{now.serial - was.serial} updates since" if now.serial != was.serial else "no update counted"
        yield f"the stack's state ({by})"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError("not a checkout of git", str(ROOT), "clone the project and work there")
    return done.stdout


def _tool(environment: Environment, *argv: str) -> str:
    done = subprocess.run(
        argv, env=environment.for_child(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise FailureError(f"{argv[0]} ended with {done.returncode}", "", "run `make deps`")
    return done.stdout.strip()
