"""The exit codes every verb uses and the errors that become one line on stderr. No printing here."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a verb ends with; design.md, "Results". Findings win over unproven."""

    HOLDS = 0
    OWN_FAILURE = 1
    USAGE = 2
    FINDINGS = 3
    UNPROVEN = 4


class SocleError(Exception):
    """An error that is shown to people as one line: what is wrong, where, and how to mend it."""

    exit_code = ExitCode.OWN_FAILURE

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        """Keep the three parts; each is a phrase without a final full stop."""
        super().__init__(what, where, fix)
        self.what, self.where, self.fix = what, where, fix

    def __str__(self) -> str:
        """One line: `where: what; fix`."""
        line = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join((f"{line}; {self.fix}" if self.fix else line).split())


class UserError(SocleError):
    """Bad input or usage: the person can mend it (exit 2)."""

    exit_code = ExitCode.USAGE


class FailureError(SocleError):
    """Something of ours failed: a step, a child process, a service (exit 1)."""


class FindingError(SocleError):
    """What was looked at is not as it must be (exit 3)."""

    exit_code = ExitCode.FINDINGS


class UnprovenError(SocleError):
    """A target could not be read, so nothing can be said of it (exit 4)."""

    exit_code = ExitCode.UNPROVEN
