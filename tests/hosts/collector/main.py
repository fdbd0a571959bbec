"""Every section as one JSON object."""

import json
import os
import pwd
import subprocess
import sys

from tests.hosts.collector import (
    access,
    declared,
    kernel,
    objects,
    people,
    sandbox,
    seal,
    secrets,
    services,
    spaces,
    system,
)
from tests.hosts.collector.base import Request

SECTIONS = (
    *(
        access.sshd,
        access.sudo,
        access.pam,
        access.accounts,
        access.login_shell,
        access.limits,
        access.private_tmp,
    ),
    *(kernel.sysctl, kernel.modules, kernel.nftables, kernel.audit, kernel.apparmor, kernel.mounts),
    *(
        kernel.listening,
        kernel.boot_arguments,
        system.journald,
        system.paths,
        system.scan,
        system.packages,
        system.apt,
    ),
    *(system.units, system.time, sandbox.sandbox),
    *(secrets.service_accounts, secrets.open_sockets, secrets.own_secrets),
)


def main(request: Request) -> None:
    """Print every section, or those that the request names under `only`, as one JSON object."""
    pwd.getpwnam(request["account"])
    os.environ["LC_ALL"] = "C.UTF-8"
    state = {}
    # What a host serves is asked of it by its roles.
    probes = {**services.PROBES, **people.PROBES, **objects.PROBES, **spaces.PROBES, **seal.PROBES}
    served = (probe for role in request["conditions"] for probe in probes.get(role, ()))
    more = declared.SECTIONS if request.get("declared") else ()
    for section in (*SECTIONS, *served, *more):
        if request.get("only") and section.__name__ not in request["only"]:
            continue
        try:
            state[section.__name__] = {"value": section(request)}
        except (OSError, ValueError, KeyError, IndexError, subprocess.SubprocessError) as error:
            state[section.__name__] = {"error": f"{type(error).__name__}: {error}"[:300]}
    json.dump(state, sys.stdout)
