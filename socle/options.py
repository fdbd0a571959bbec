"""Options and help that all verbs share."""

from __future__ import annotations

from typing import Annotated

import typer

from socle.paths import DEFAULT_CLOUD

CloudName = Annotated[
    str,
    typer.Option(
        "--cloud",
        envvar="SOCLE_CLOUD",
        help="Name of the embedded cloud, or of the folder of an environment elsewhere.",
        default_factory=lambda: DEFAULT_CLOUD,
        show_default=DEFAULT_CLOUD,
    ),
]


def help_with(what: str, *examples: str, note: str = "") -> str:
    """A verb's help: what it does, examples (one a line), a closing note."""
    # \b keeps the lines as they are
    shown = "\n".join(f"  {example}" for example in examples)
    return f"{what}\n\n\b\nExamples:\n{shown}" + (f"\n\n{note}" if note else "")
