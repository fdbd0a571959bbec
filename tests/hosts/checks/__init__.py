"""One check per kind of control; `CHECKS` maps the kind to its function."""

from tests.hosts.checks import (
    access,
    firewall,
    kernel,
    objects,
    pam,
    people,
    sandbox,
    seal,
    secrets,
    services,
    spaces,
    sudo,
    system,
)
from tests.hosts.checks.base import CHECKS, Host, Outcome, State, Unproven, Violation

__all__ = [
    "CHECKS",
    "Host",
    "Outcome",
    "State",
    "Unproven",
    "Violation",
    "access",
    "firewall",
    "kernel",
    "objects",
    "pam",
    "people",
    "sandbox",
    "seal",
    "secrets",
    "services",
    "spaces",
    "sudo",
    "system",
]
