"""What the builder tells the person who waits: progress lines and one clear line when it cannot go on."""

import sys
import time

STARTED = time.monotonic()


class CannotError(Exception):
    """The build cannot go on; the text says what, where and how to mend it.

    `code` is the exit code: 1 the build failed, 2 this machine or call cannot serve.
    """

    def __init__(self, text: str, code: int = 1) -> None:
        """Take the line to print and the exit code."""
        super().__init__(text)
        self.code = code


def say(text: str) -> None:
    """Print one progress line with the seconds since the start; to stderr, since stdout carries answers."""
    sys.stderr.write(f"[{time.monotonic() - STARTED:3.0f}s] {text}\n")
    sys.stderr.flush()
