"""Shows where a run stands: step n of m, elapsed, what is next, the tool's last line. Decides nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

HEARTBEAT = 30.0  # seconds between two lines where there is no terminal


def clock_text(seconds: float) -> str:
    """`m:ss`."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Reporter(Protocol):
    """What a run tells as it goes."""

    def start(self, number: int, of: int, title: str, upcoming: str) -> None:
        """A step begins; `upcoming` is the title of the next one, or empty."""

    def line(self, text: str) -> None:
        """The tool's newest line."""

    def note(self, text: str) -> None:
        """Something a person should read, once."""

    def done(self, seconds: float, outcome: str) -> None:
        """The step ended."""


class PlainReporter:
    """One line an event, for logs and pipes; a heartbeat when a step is silent for long."""

    def __init__(self, out: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Print to `out` (standard output)."""
        self._out, self._clock = out or sys.stdout, clock
        self._head, self._began, self._said = "", clock(), clock()

    def start(self, number: int, of: int, title: str, upcoming: str) -> None:
        """Print the step's head."""
        self._began = self._said = self._clock()
        self._head = f"[{number}/{of}]"
        self._print(f"{self._head} {title}" + (f"; next: {upcoming}" if upcoming else ""))

    def line(self, text: str) -> None:
        """Print the newest line now and then."""
        now = self._clock()
        if text and now - self._said >= HEARTBEAT:
            self._said = now
            self._print(f"{self._head} {clock_text(now - self._began)}  {text[:160]}")

    def note(self, text: str) -> None:
        """Print it."""
        self._print(f"{self._head} {text}")

    def done(self, seconds: float, outcome: str) -> None:
        """Print how it ended."""
        self._print(f"{self._head} {outcome} after {seconds:.0f} s")

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)


class LiveReporter:
    """A live block at the bottom of a terminal; finished steps stay above it."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`."""
        self._console, self._live = console, Live(console=console, refresh_per_second=4, transient=True)
        self._head, self._next, self._text, self._began = "", "", "", time.monotonic()

    def start(self, number: int, of: int, title: str, upcoming: str) -> None:
        """Begin the block of a step."""
        self._head, self._next, self._text, self._began = (
            f"[{number}/{of}] {title}",
            upcoming,
            "",
            time.monotonic(),
        )
        self._live = Live(
            get_renderable=self._block, console=self._console, refresh_per_second=4, transient=True
        )
        self._live.start()

    def line(self, text: str) -> None:
        """Show it under the step."""
        self._text = text

    def note(self, text: str) -> None:
        """Leave it above the block."""
        self._console.print(Text(f"  {text}"))

    def done(self, seconds: float, outcome: str) -> None:
        """Replace the block by one line."""
        self._live.stop()
        mark, style = ("✓", "green") if outcome == "done" else ("✗", "red")
        self._console.print(Text(f"{mark} {self._head}  {clock_text(seconds)}", style=style))

    def _block(self) -> Table:
        grid = Table.grid()
        head = Text(f"{self._head}  {clock_text(time.monotonic() - self._began)}", style="bold")
        head.append(f"   next: {self._next}" if self._next else "   last step", style="dim")
        grid.add_row(head)
        grid.add_row(Text(f"  {self._text}", style="dim", overflow="ellipsis", no_wrap=True))
        return grid


def reporter() -> Reporter:
    """The reporter that fits standard output."""
    return LiveReporter(Console()) if sys.stdout.isatty() else PlainReporter()
