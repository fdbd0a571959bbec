"""What the command lines of all benches share: arguments, the cloud they work on, how they end."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from infra.facts import FactError
from socle.env import Environment, describe
from socle.errors import ExitCode, SocleError, UserError


class Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        """End the process with 2."""
        self.exit(ExitCode.USAGE, f"{self.prog.split()[-1]}: {message}; see `{self.prog} --help`\n")


def positive(text: str) -> int:
    """A whole number from 1 on; ArgumentTypeError when it is none."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def standing(cloud: str) -> Environment:
    """The environment on the embedded cloud; UserError when there is none."""
    environment = describe(cloud)
    config = environment.variables["OS_CLIENT_CONFIG_FILE"]
    if not environment.embedded:
        raise UserError("this is a provider's cloud", config, "unset OS_CLIENT_CONFIG_FILE")
    if not Path(config).exists() or not environment.folder.exists():
        raise UserError(f"cloud {cloud} does not stand", config, f"start it: `make up CLOUD={cloud}`")
    return environment


def first_look(look: Callable[[], list[Any]], cloud: str) -> list[Any]:
    """What is there before anything was made; UserError when the cloud does not answer."""
    try:
        return look()
    except Exception as error:  # openstacksdk and keystoneauth raise many kinds, each with its own words
        reason = " ".join(str(error).split())[:300]
        raise UserError(
            f"the cloud does not answer ({reason})", cloud, f"start it: `make up CLOUD={cloud}`"
        ) from None


def ended(
    name: str,
    work: Callable[[], int | None],
    interrupted: str,
    *,
    again: str = "",
    longest: int | None = None,
) -> int:
    """The exit code of a bench's work; every failure is one line, a fact that is wrong is bad usage.

    `again`: said after a failure of our own. `longest`: most characters of an unforeseen error, its last.
    """
    suffix = f"; {again}" if again else ""
    try:
        return work() or ExitCode.HOLDS
    except SocleError as error:
        line = f"{error}{suffix if error.exit_code is ExitCode.OWN_FAILURE else ''}"
        return _said(name, line, error.exit_code)
    except FactError as error:
        return _said(name, str(error), ExitCode.USAGE)
    except KeyboardInterrupt:
        return _said(name, f"interrupted; {interrupted}", ExitCode.OWN_FAILURE)
    except Exception as error:
        if os.environ.get("SOCLE_DEBUG") == "1":
            raise
        said = " ".join(f"{type(error).__name__}: {error}".split())
        said = said if longest is None else said[-longest:]
        return _said(name, f"{said}; set SOCLE_DEBUG=1 for all of it{suffix}", ExitCode.OWN_FAILURE)


def _said(name: str, line: str, code: int) -> int:
    print(f"{name}: {line}", file=sys.stderr)
    return code
