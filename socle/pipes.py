"""What a `python -m socle.…` ends with whose answer a pipe reads, as roles and the inventory do."""

from __future__ import annotations

import sys
from collections.abc import Callable

from infra.facts import FactError
from socle.errors import ExitCode, SocleError


def answered(work: Callable[[], str]) -> int:
    """Print what `work` returns and give 0; its error is one line on stderr, and gives that error's code."""
    try:
        text = work()
    except FactError as error:
        print(error, file=sys.stderr)
        return ExitCode.USAGE
    except SocleError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    sys.stdout.write(text)
    return ExitCode.HOLDS
