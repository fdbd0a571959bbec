"""What `socle local up` does, as data: one entry a step. Each is a tool that also runs without us."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial

from socle import check
from socle.env import carry
from socle.errors import ExitCode, FindingError, UnprovenError
from socle.hosts.pin import pin_all
from socle.hosts.servers import Cloud
from socle.local.platform import provision
from socle.local.run import Context, Step
from socle.space.renew import WITHIN
from socle.space.renewals import renew_spaces

PIN_TIMEOUT = 900.0  # seconds; an emulated host takes some minutes to its first boot


def start_cloud(context: Context) -> None:
    """A cloud that is up is only verified. UserError when it carries another environment."""
    carry(context.environment)
    context.tool(sys.executable, "-m", "localcloud", "up", "--name", context.environment.cloud)


def pin_hosts(context: Context, only: Sequence[str] = ()) -> None:
    """Waits until each host has printed its key. `only`: these hosts, or all."""
    pin_all(
        Cloud(context.environment),
        context.environment.ssh_dir,
        context.say,
        timeout=PIN_TIMEOUT,
        only=only,
        wait_line=context.report.line,
    )


def converge(context: Context, only: Sequence[str] = (), families: Sequence[str] = ()) -> None:
    """The playbook proves a fresh login itself before it is done.

    `only`: these hosts, or all. `families`: these tags of it, or everything.
    """
    limit = ("--limit", ",".join(only)) if only else ()
    tags = ("--tags", ",".join(families)) if families else ()
    context.tool("ansible-playbook", "playbooks/site.yml", *limit, *tags)


def check_hosts(context: Context, only: Sequence[str] = ()) -> None:
    """Ends the run when a control does not hold or a host could not be read. `only`: these hosts, or all."""
    records = check.run(context.environment, [*only], context.log.with_name("check-hosts.log"))
    context.say(records.summary())
    bad = "; ".join(
        f"{target}: {_some([r.check for r in records.for_target(target) if r.needs_attention])}"
        for target in dict.fromkeys(r.target for r in records if r.needs_attention)
    )
    match records.exit_code():
        case ExitCode.FINDINGS:
            raise FindingError(f"not as the catalogue demands: {bad}", fix="see `socle check`")
        case ExitCode.UNPROVEN:
            raise UnprovenError(f"could not be read: {bad}", fix="see `socle check`")


def _some(checks: list[str], shown: int = 8) -> str:
    """The first few, and how many more."""
    more = len(checks) - shown
    return ", ".join(checks[:shown]) + (f" and {more} more" if more > 0 else "")


def provisioning(stacks: Sequence[str] | None = None) -> Step:
    """The step for these stacks, every stack of the environment when none is named."""
    return Step("platform", "Provision with pulumi up", partial(provision, only=stacks))


def renewing(context: Context, only: Sequence[str] = ()) -> None:
    """What is due, of these spaces or of all. The converge that follows tells the hosts that must know."""
    renew_spaces(context.environment, context.say, only)


def renew_and_tell(context: Context, only: Sequence[str] = (), within: int = WITHIN) -> None:
    """The same with no converge to follow: hosts that must know are told, then old ones are revoked.

    Gateways first, then the spaces' own workstations, which get what was renewed.
    """

    def told(family: str, hosts: Sequence[str]) -> None:
        if hosts:
            converge(context, only=hosts, families=[family])

    tell, deliver = partial(told, "gateway"), partial(told, "access")
    renew_spaces(context.environment, context.say, only, within=within, tell=tell, deliver=deliver)


PINS = Step("pins", "Learn the hosts' SSH keys from their consoles", pin_hosts)
UP: tuple[Step, ...] = (
    Step("cloud", "Start OpenStack", start_cloud),
    provisioning(),
    Step("credentials", "Renew the spaces' credentials", renewing),
    PINS,
    Step("converge", "Harden the hosts with ansible-playbook", converge),
    Step("checks", "Check every control on every host", check_hosts),
)
