"""What the provider already has and we refer to by name: images, flavors, the external network.

Looked up before anything is created, so that a name the cloud lacks stops the preview in one line.
"""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_openstack as openstack

from infra.config import Profile


class Catalogue:
    """Ids of what the profile names. Each look-up raises pulumi.RunError when the cloud has no such thing."""

    def __init__(self, profile: Profile, provider: pulumi.ProviderResource) -> None:
        """Nothing is asked of the cloud yet."""
        self._profile = profile
        self._opts = pulumi.InvokeOptions(provider=provider)

    def image(self) -> str:
        """The newest image of the profile's name."""
        name = self._profile.image
        found = self._ask(
            "image", name, lambda: openstack.images.get_image(name=name, most_recent=True, opts=self._opts)
        )
        return str(found.id)

    def flavor(self, size: str) -> str:
        """The flavor for a size of the profile."""
        name = self._profile.sizes[size]
        return str(
            self._ask("flavor", name, lambda: openstack.compute.get_flavor(name=name, opts=self._opts)).id
        )

    def external_network(self) -> str:
        """The network that leads out."""
        name = self._profile.external_network
        return str(
            self._ask(
                "external network",
                name,
                lambda: openstack.networking.get_network(name=name, external=True, opts=self._opts),
            ).id
        )

    def _ask(self, kind: str, name: str, look_up: Callable[[], Any]) -> Any:
        try:
            return look_up()
        except Exception as error:
            reason = " ".join(str(error).split())
            raise pulumi.RunError(
                f"stacks/profiles/{self._profile.name}.yaml: {kind} {name} was not found ({reason}); "
                "correct the profile, or start the cloud it describes"
            ) from None
