"""What the provider already has and we refer to by name: the image, flavors, the external network.

All of it is looked up before anything is created, so that a name the cloud lacks costs nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any

import pulumi
import pulumi_openstack as openstack

from infra.config import Profile


class Catalogue:
    """Ids of what the profile names; making one raises pulumi.RunError when the cloud lacks something."""

    image_id: str
    """The newest image of the profile's name."""
    flavor_ids: dict[str, str]
    """The flavor of each size asked for."""

    def __init__(self, profile: Profile, sizes: Iterable[str], provider: pulumi.ProviderResource) -> None:
        """Ask the cloud now."""
        self._profile, self._opts = profile, pulumi.InvokeOptions(provider=provider)
        image, opts = profile.image, self._opts
        self.image_id = self._ask(
            "image", image, lambda: openstack.images.get_image(name=image, most_recent=True, opts=opts)
        )
        self.flavor_ids = {size: self._flavor(profile.sizes[size], opts) for size in sorted(set(sizes))}

    def external_network(self) -> str:
        """Id of the network that leads out. Ask before anything is created."""
        name, opts = self._profile.external_network, self._opts
        return self._ask(
            "external network",
            name,
            lambda: openstack.networking.get_network(name=name, external=True, opts=opts),
        )

    def _flavor(self, name: str, opts: pulumi.InvokeOptions) -> str:
        return self._ask("flavor", name, lambda: openstack.compute.get_flavor(name=name, opts=opts))

    def _ask(self, kind: str, name: str, look_up: Callable[[], Any]) -> str:
        try:
            return str(look_up().id)
        except Exception as error:
            reason = " ".join(str(error).split())
            raise pulumi.RunError(
                f"stacks/profiles/{self._profile.name}.yaml: {kind} {name} was not found ({reason}); "
                "correct the profile, or start the cloud it describes"
            ) from None
