"""What the two ends of a migration can answer with, other than what was asked for."""

from __future__ import annotations

_LONGEST_PAUSE = 60.0


class EndError(Exception):
    """An end refused or failed; the text says which and how. `login`: the credential was not taken."""

    def __init__(self, said: str, *, login: bool = False) -> None:
        """Keep what was said, without anything secret."""
        super().__init__(said)
        self.login = login


class BusyError(EndError):
    """An end asks for a slower pace, or a connection broke: worth another try. `pause` in seconds."""

    def __init__(self, said: str, pause: float = 0.5) -> None:
        """Keep how long it asked to be left alone."""
        super().__init__(said)
        self.pause = pause


class CutError(BusyError):
    """A body ended before it was whole: a connection, or an object that lacks a part."""


class ChangedError(EndError):
    """The source no longer holds what was listed."""


def retry_after(header: str | None) -> float:
    """Seconds to wait from a Retry-After header: a number of seconds, else half a second."""
    try:
        return min(_LONGEST_PAUSE, max(0.1, float(header or "")))
    except ValueError:
        return 0.5
