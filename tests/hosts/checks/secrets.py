"""Checks of what services hold for themselves: accounts, sockets and pipes, private keys."""

from __future__ import annotations

from collections import defaultdict
from fnmatch import fnmatchcase
from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check


@check("service_accounts")
def service_accounts(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Each account runs one service, and none of the common ones runs any."""
    found = state.value("service_accounts")
    served: dict[str, list[str]] = defaultdict(list)
    for unit, account in found.items():
        # Instances of one unit are one service.
        name = unit.partition("@")[0]
        if name not in served[account]:
            served[account].append(name)
    wrong = [
        Violation(account, f"{account} runs {', '.join(units)}")
        for account, units in served.items()
        if len(units) > 1 or account in parameters["refused"]
    ]
    return Outcome(tuple(wrong), ", ".join(f"{unit} {account}" for unit, account in found.items()))


@check("open_sockets")
def open_sockets(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Sockets and pipes that everybody may write to, minus the allowed."""
    found = state.value("open_sockets")
    strange = [path for path in found if not any(fnmatchcase(path, one) for one in parameters["allowed"])]
    wrong = tuple(Violation(path, f"open to everybody: {path}") for path in strange)
    return Outcome(wrong, f"{len(found)} open: {', '.join(found)}")


@check("own_secrets")
def own_secrets(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Every key is younger than the image, and those that each host must have are there."""
    found = state.value("own_secrets")
    files, image = found["files"], found["image"]
    wrong = [Violation(p, f"{p} was not made here") for p in parameters["made"] if p not in files]
    wrong += [Violation(p, f"{p} is older than the image") for p, made in files.items() if made <= image]
    return Outcome(tuple(wrong), f"{len(files)} younger than the image: {', '.join(files)}")
