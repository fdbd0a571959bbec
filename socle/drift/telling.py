"""When a scan tells somebody, and what a message that did not arrive does to the exit code.

A verdict stays what it is: findings and what is unproven keep their codes. Where all holds and a message that
was due did not arrive, the run ends with 1: silence must not be taken for the all-clear that it replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from socle.drift import notice
from socle.drift.report import Report
from socle.env import describe
from socle.errors import ExitCode, SocleError
from socle.notify.messenger import Messenger
from socle.options import help_with
from socle.records import RecordSet

TRIAL = help_with(
    "Send a test to everybody that a file of notifications names.",
    "socle drift notify notify.yaml",
    note="Exit codes: 0 all were delivered, 1 one was not, 2 the file is wrong.",
)


@contextmanager
def telling(messenger: Messenger | None, environment: str) -> Iterator[None]:
    """Tell of a scan that ends without a report, whatever ended it."""
    try:
        yield
    except Exception as error:
        if messenger:
            code = error.exit_code if isinstance(error, SocleError) else ExitCode.OWN_FAILURE
            messenger.tell(notice.of_failure(environment, code, messenger.table.lang))
        raise


def told(messenger: Messenger | None, report: Report) -> ExitCode:
    """Tell of a night; the exit code of the run."""
    code = report.night.records.exit_code()
    if messenger and messenger.tell(notice.of_scan(report, messenger.table.lang)):
        return code or ExitCode.OWN_FAILURE
    return code


def told_of_chain(messenger: Messenger | None, environment: str, records: RecordSet) -> ExitCode:
    """Tell of stored reports that do not hold; the exit code of the run."""
    said = notice.of_chain(environment, records, messenger.table.lang) if messenger else None
    if messenger and said:
        messenger.tell(said)
    return records.exit_code()


def trial(
    *, context: typer.Context, file: Annotated[Path, typer.Argument(help="The file of notifications.")]
) -> None:
    """Send a test."""
    cloud, env = context.obj
    messenger = Messenger.of(file)
    failures = messenger.tell(notice.of_test(describe(cloud, None, env).name, messenger.table.lang))
    raise typer.Exit(ExitCode.OWN_FAILURE if failures else ExitCode.HOLDS)
