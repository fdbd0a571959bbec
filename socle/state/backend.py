"""What pulumi says of the stacks in a backend: which there are, what a state holds, what was left pending."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from socle.env import Environment
from socle.errors import FailureError
from socle.paths import ROOT
from socle.state.store import Store

STACKS = ".pulumi/stacks/"
_SUFFIXES = (".json", ".json.gz", ".json.zst")


@dataclass(frozen=True)
class Stack:
    """A stack by its project and name."""

    project: str
    name: str

    @property
    def full(self) -> str:
        """The name that needs no project folder."""
        return f"organization/{self.project}/{self.name}"


def stacks(store: Store) -> list[Stack]:
    """The stacks that a backend holds, by name."""
    found = {stack for key in store.keys(STACKS) if (stack := _stack(key))}
    return sorted(found, key=lambda stack: (stack.project, stack.name))


def versions(store: Store) -> dict[Stack, str]:
    """What changes whenever a stack's state is written, by stack."""
    pairs = ((_stack(key), digest) for key, digest in store.digests(STACKS).items())
    return {stack: digest for stack, digest in pairs if stack}


def _stack(key: str) -> Stack | None:
    """Whose state a key holds; None for copies and other company."""
    path = PurePosixPath(key.removeprefix(STACKS))
    suffix = next((text for text in _SUFFIXES if path.name.endswith(text)), "")
    if not suffix or len(path.parts) != 2:  # noqa: PLR2004 - project and stack
        return None
    return Stack(path.parts[0], path.name.removesuffix(suffix))


def at(environment: Environment, url: str) -> Environment:
    """The same environment with its state elsewhere."""
    return replace(environment, variables={**environment.variables, "PULUMI_BACKEND_URL": url})


def export(environment: Environment, stack: Stack, *, clear: bool = False) -> dict[str, Any] | None:
    """A stack's deployment; None when there is none of this name.

    `clear` decrypts its secrets: they come through a pipe, and must go no further than memory.
    """
    argv = ["pulumi", "stack", "export", "--stack", stack.full, "--non-interactive", "--color", "never"]
    if clear:
        argv.append("--show-secrets")
    done = subprocess.run(
        argv, env=environment.for_child(), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode and "no stack named" in done.stderr:
        return None
    try:
        found: dict[str, Any] = json.loads(done.stdout)["deployment"]
    except (ValueError, TypeError, KeyError):
        said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise FailureError(f"pulumi cannot export it: {said[:300]}", stack.name, "see its message") from None
    return found


def resources(deployment: dict[str, Any]) -> list[dict[str, Any]]:
    """Its resources."""
    return list(deployment.get("resources") or [])


def pending(deployment: dict[str, Any]) -> list[str]:
    """What was begun and not ended, as `creating URN`."""
    return [f"{it['type']} {it['resource']['urn']}" for it in deployment.get("pending_operations") or []]
