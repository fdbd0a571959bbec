"""What is asked of pulumi about one stack: its state, a preview, taking a resource in, reading it again."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from typing import Any

from infra.leftovers.kinds import Found
from infra.leftovers.wanted import State, Wanted

QUIET = ("--non-interactive", "--color", "never")


class PulumiError(Exception):
    """Pulumi could not do it; one line with its own words."""


@dataclass(frozen=True)
class Stack:
    """A stack of the project in whose folder we are."""

    name: str

    def export(self) -> State:
        """Its state; secrets stay encrypted."""
        state: State = self._json("stack", "export")
        return state

    def others(self) -> list[State]:
        """The states of all other stacks of the backend."""
        names = [str(entry["name"]) for entry in self._json("stack", "ls", of_stack=False, flag="--json")]
        return [Stack(name).export() for name in names if name.rpartition("/")[2] != self.name]

    def history(self) -> list[dict[str, Any]]:
        """Its finished updates, newest first."""
        history: list[dict[str, Any]] = self._json("stack", "history", "--page-size", "100", flag="--json")
        return history

    def preview(self) -> dict[str, Any]:
        """What the next `up` would do."""
        preview: dict[str, Any] = self._json("preview", flag="--json")
        return preview

    def adopt(self, it: Wanted, found: Found) -> None:
        """Take `found` into the state as `it`; the provider reads it. Protection is the program's to say."""
        places = [("--provider", f"provider={it.provider}")] if it.provider else []
        # The stack itself is the parent that nobody names.
        if it.parent and "pulumi:pulumi:Stack" not in it.parent:
            places.append(("--parent", f"parent={it.parent}"))
        options = [part for place in places for part in place]
        self._run(
            "import",
            it.type,
            it.name,
            found.id,
            *options,
            "--protect=false",
            "--generate-code=false",
            "--yes",
            "--skip-preview",
        )

    def read_again(self, urns: tuple[str, ...]) -> None:
        """Refresh these resources only."""
        targets = [part for urn in urns for part in ("--target", urn)]
        self._run("refresh", "--yes", "--skip-preview", *targets)

    def replace_state(self, state: State) -> None:
        """Write `state` in place of the present one."""
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(state, file)
            file.flush()
            self._run("stack", "import", "--file", file.name)

    def _json(self, *words: str, of_stack: bool = True, flag: str = "") -> Any:
        return json.loads(self._run(*words, *([flag] if flag else []), of_stack=of_stack))

    def _run(self, *words: str, of_stack: bool = True) -> str:
        stack = ("--stack", self.name) if of_stack else ()
        # Its colours and its progress are for people.
        done = subprocess.run(
            ["pulumi", *words, *stack, *QUIET], capture_output=True, text=True, check=False, env=os.environ
        )
        if done.returncode:
            said = " ".join((done.stderr.strip() or done.stdout.strip()).split())
            raise PulumiError(f"pulumi {words[0]} ended with {done.returncode}: {said[-400:]}")
        return done.stdout
