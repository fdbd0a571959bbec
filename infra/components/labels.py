"""What every resource says about itself, in the form each service takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Labels:
    """Whose a resource is and what it may hold. `zone` is empty for what belongs to no single zone."""

    environment: str
    layer: str
    owner: str
    zone: str = ""
    data_class: str = "technical"

    def items(self) -> dict[str, str]:
        """As keys and values, for metadata."""
        pairs = {"env": self.environment, "layer": self.layer, "owner": self.owner, "class": self.data_class}
        return {**pairs, "zone": self.zone} if self.zone else pairs

    def tags(self) -> list[str]:
        """As `key=value`, sorted, for services that keep tags as a set of strings."""
        return sorted(f"{key}={value}" for key, value in self.items().items())
