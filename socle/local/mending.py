"""What is mended around `pulumi up`: leftovers of earlier runs, and servers in ERROR.

Both are looked for by modules of infra/ that also run without us; here is only what we do with their answers.
"""

from __future__ import annotations

import shlex
import subprocess
import sys

from socle.errors import FailureError, UserError
from socle.local.run import Context
from socle.paths import ROOT

_FOUND = 3  # infra.recover: some servers are in ERROR; infra.leftovers: a person has to look


def ask(context: Context, module: str) -> subprocess.CompletedProcess[str]:
    """Run one of them and hear it out."""
    return subprocess.run(
        [sys.executable, "-m", module, "--stack", context.environment.stack],
        env=context.environment.for_child(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def settle_leftovers(context: Context) -> bool:
    """Settle what an interrupted or failed `up` left in the cloud; true when there was something.

    Raises UserError when a person has to look: `up` would make a second one of the same name.
    """
    done = ask(context, "infra.leftovers")
    for line in done.stderr.splitlines():
        context.say(line)
    if done.returncode == _FOUND:
        last = done.stderr.strip().splitlines()[-1]
        raise UserError(f"the cloud has what no state knows: {last}", "cloud", "then run again")
    if done.returncode:
        raise FailureError(
            f"leftovers could not be settled: {' '.join(done.stderr.split()) or done.returncode}"
        )
    return bool(done.stderr)


def replacements(context: Context) -> list[str]:
    """Arguments for `pulumi up` that replace servers in ERROR; nova's reason is told."""
    done = ask(context, "infra.recover")
    said = " ".join(done.stderr.split())
    if done.returncode == 0:
        return []
    if done.returncode != _FOUND:
        raise FailureError(f"servers could not be looked at: {said or done.returncode}")
    arguments = shlex.split(done.stdout)
    for line in done.stderr.splitlines():
        context.say(line)
    if not arguments:
        raise UserError(said, "cloud", "then run again")
    return arguments
