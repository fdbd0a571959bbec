"""Progress lines with elapsed time, and commands whose output goes to a log instead of the terminal."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from localcloud.image.errors import ImageError

Say = Callable[[str], None]


def teller(prefix: str = "image") -> Say:
    """A function that prints one line to stderr with the seconds since this call."""
    begin = time.monotonic()

    def say(text: str) -> None:
        print(f"{prefix} {time.monotonic() - begin:6.1f} s  {text}", file=sys.stderr, flush=True)

    return say


def run(
    argv: Sequence[str],
    log: Path,
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    on_line: Say | None = None,
) -> None:
    """Run a command with all output appended to `log`; `on_line` sees each line as it comes.

    Raises ImageError with the command's last telling line and the log's path.
    """
    with log.open("a", encoding="utf-8") as sink:
        sink.write(f"$ {' '.join(argv)}\n")
        with subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=dict(env) if env is not None else None,
        ) as process:
            if stdin is not None and process.stdin is not None:
                process.stdin.write(stdin)
                process.stdin.close()
            telling = last = ""
            for line in process.stdout or ():
                sink.write(line)
                last = line.strip() or last
                if line.startswith(("E:", "Err:", "mke2fs:", "sfdisk:")):
                    telling = telling or line.strip()
                if on_line is not None:
                    on_line(line.rstrip("\n"))
    if process.returncode != 0:
        raise ImageError(
            f"{argv[0]} failed (exit {process.returncode}): {telling or last}; whole log in {log}"
        )
