"""A zone's hypervisor in the aggregate that bears the zone's name, in nova and in placement.

The first zone needs one as well: while no aggregate bears its name, nova lets a request for its default zone
go to any host. May run again after it was killed half-way.
"""

import time
from typing import Any

from openstack.exceptions import ConflictException, NotFoundException

from localcloud import client
from localcloud.errors import CloudError
from localcloud.runner import Runner

PATIENCE = 60.0
"""Seconds until placement knows a hypervisor that nova lists; a busy machine takes one or two."""


def join(runner: Runner) -> None:
    """Put the hypervisor where it belongs; one that has servers already stays outside, which is said."""
    connection, here = client.connect(client.admin(runner.cloud)), runner.zone
    api = connection.compute
    node = next(it for it in api.hypervisors(details=True) if it.service_details["host"] == here.host)
    _wait_for_provider(connection.placement, node.id)
    known = {entry.name: entry for entry in api.aggregates()}
    aggregate = known.get(here.name) or api.create_aggregate(name=here.name, availability_zone=here.name)
    if here.host not in (aggregate.hosts or []):
        try:
            api.add_host_to_aggregate(aggregate, here.host)
        except ConflictException as error:
            if not aggregate.hosts:
                # With no host in it, no request for the zone would find one.
                api.delete_aggregate(aggregate)
            # Servers of a cloud from before there were zones; each `up` tries again.
            runner.progress(
                f"{here.host} stays outside zone {here.name} while it has servers, and what asks for zone "
                f"{here.name} may land on any hypervisor: {error.details}"
            )
            return
    _mirror(connection.placement, node.id, aggregate.uuid)


def _wait_for_provider(api: Any, provider: str) -> None:
    """Until placement knows the hypervisor: nova only logs that it could not tell placement of it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            api.get_resource_provider(provider)
        except NotFoundException:
            if time.monotonic() > deadline:
                raise CloudError(
                    f"placement does not know hypervisor {provider} after {PATIENCE:.0f} s"
                ) from None
            time.sleep(0.5)
        else:
            return


def _mirror(api: Any, provider: str, aggregate: str) -> None:
    """Tell placement of the aggregate unless nova did: without it no server for the zone is ever placed."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = api.get_resource_provider_aggregates(api.get_resource_provider(provider))
        if aggregate in (found.aggregates or []):
            return
        try:
            api.set_resource_provider_aggregates(found, *(found.aggregates or []), aggregate)
        except ConflictException:  # nova-compute reported meanwhile
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
