"""The loss of a zone, for those who want to see what outlives it: what a power cut does to a hypervisor."""

from localcloud import guests, processes, walls
from localcloud.cloud import alone
from localcloud.errors import CloudError, UsageError
from localcloud.model import Cloud
from localcloud.runner import Say
from localcloud.zones import Zone


def lose(cloud: Cloud, number: int, say: Say) -> None:
    """Kill everything behind a zone's walls at once; the walls, the links and the first zone are not touched.

    UsageError for the first zone, without which there is no cloud, and for one that does not stand.
    """
    if number == 1:
        raise UsageError(
            f"zone 1 carries the cloud's services: `localcloud down --name {cloud.name}` ends them all"
        )
    zone = Zone(cloud, number)
    with alone(cloud, say):
        if not walls.stand(zone):
            raise UsageError(
                f"cloud {cloud.name} has no zone {number} that stands: "
                f"`localcloud up --name {cloud.name} --zones {number}` makes it"
            )
        lost = guests.running(zone) if processes.alive_in(zone, "libvirtd") else []
        ended = walls.end_inmates(zone)
        if left := walls.inmates(zone):
            raise CloudError(
                f"zone {zone.name} of cloud {cloud.name}: these would not end: {', '.join(map(str, left))}"
            )
    say(
        f"zone {zone.name} of cloud {cloud.name} is lost: {len(ended)} processes killed, {len(lost)} guests "
        f"among them; `localcloud up --name {cloud.name}` brings it back"
    )
