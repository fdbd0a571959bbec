"""What every resource says about itself, in the form each service takes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Labels:
    """Whose a resource is and what it may hold. `zone` and `space` are empty for what belongs to none."""

    environment: str
    layer: str
    owner: str
    zone: str = ""
    data_class: str = "technical"
    space: str = ""

    def items(self) -> dict[str, str]:
        """As keys and values, for metadata."""
        pairs = {
            "env": self.environment,
            "layer": self.layer,
            "owner": self.owner,
            "class": self.data_class,
            "zone": self.zone,
            "space": self.space,
        }
        return {key: value for key, value in pairs.items() if value}

    def tags(self) -> list[str]:
        """As `key=value`, sorted, for services that keep tags as a set of strings."""
        return sorted(f"{key}={value}" for key, value in self.items().items())
