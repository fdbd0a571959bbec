"""profiles/<provider>.yaml: what a provider offers, and what it cannot do.

The program asks the profile, never the provider's name.
"""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from infra.config.base import Name, Prefix, Sentence, Table
from infra.config.space import Quota


class Outside(Table):
    """A place that is not ours; `ports` ("3142/tcp") limits what flows may open towards it.

    `host`: the name that its certificate bears, for an endpoint of the cloud that hosts call: it has one
    address and one port, since hosts ask no resolver outside.
    """

    prefixes: Annotated[tuple[Prefix, ...], Field(min_length=1)]
    ports: tuple[Annotated[str, Field(pattern=r"^[0-9]+/(tcp|udp)$")], ...] = ()
    host: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")] | None = None
    what: Sentence

    @model_validator(mode="after")
    def _an_endpoint_is_one_address_and_port(self) -> Self:
        one = [prefix.prefixlen for prefix in self.prefixes] == [32] and len(self.ports) == 1
        if self.host and not (one and self.ports[0].endswith("/tcp")):
            raise ValueError(
                f"endpoint {self.host} needs one address (/32) and one tcp port; name those that hosts call"
            )
        return self


class Endpoints(Table):
    """How the provider's APIs are found and trusted. The addresses themselves are in clouds.yaml.

    `services`: what its catalogue offers; `ca`: who signs its certificates, and how that is checked.
    """

    interface: Annotated[str, Field(pattern=r"^(public|internal)$")]
    services: tuple[Name, ...]
    ca: Sentence


class Qualification(Table):
    """What the provider is qualified for. `expiry` left empty: it is none, and `document` says why.

    `real_data`: whether anything real may ever lie there. Health data then asks for a qualification that
    holds; where it is false, for nothing.
    """

    real_data: bool

    document: Sentence
    number: str
    expiry: date | None


class Features(Table):
    """What the provider has, asked for before anything that needs it is planned.

    `anti_affinity` is asked by placement groups, `object_versioning` by containers, `encrypted_root` by hosts
    of health data: the provider encrypts the disk that a server boots from. Nothing asks for the others yet.
    `snat_both_ways`: a router whose gateway lies on one of our own networks shows its own address there also
    for what comes in by a floating IP (OVN pins such a router to one gateway host: neutron since 2026.2).
    `volume_growth`: a volume of the encrypted type may grow while a server has it.
    """

    anti_affinity: bool
    encrypted_root: bool
    hardware_keys: bool
    load_balancer: bool
    dns_zones: bool
    object_versioning: bool
    snat_both_ways: bool
    volume_growth: bool


PAIR = 2
"""Hypervisors that two hosts need to be apart."""
SERVED = {
    "load_balancer": "load-balancer",
    "dns_zones": "dns",
    "object_versioning": "object-store",
    "hardware_keys": "key-manager",
}
"""Features and the service of the provider's catalogue that has to offer each."""


ENDPOINTS = ("identity", "object-store")
"""Places outside that are endpoints of the cloud itself, called through role/object-gateway."""


class Profile(Table):
    """One provider. `template`: to be copied and filled in; environments are planned on it, never brought up.

    `regions`: each with its availability zones; `region` and `availability_zone` are where we are.
    `delegates_projects`: whether we may make Keystone projects and users of our own, one for each space.
    `project_manager`: the entry of clouds.yaml whose credential does, role manager on a domain of ours.
    `space_quota`: the most that any one space may be given.
    """

    name: Name
    template: bool
    endpoints: Endpoints
    qualification: Qualification
    regions: Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]
    region: str
    availability_zone: str
    delegates_projects: bool
    project_manager: str | None = None
    space_quota: Quota
    features: Features
    external_network: str
    image: str
    sizes: dict[Name, str]
    encrypted_volume_type: str
    hypervisors: Annotated[int, Field(ge=1)]
    outside: dict[Name, Outside]
    cannot: tuple[Sentence, ...]

    @model_validator(mode="after")
    def _we_are_somewhere(self) -> Self:
        if self.region not in self.regions:
            raise ValueError(f"region {self.region} is not in regions; choose {', '.join(self.regions)}")
        zones = self.regions[self.region]
        if self.availability_zone not in zones:
            raise ValueError(
                f"availability zone {self.availability_zone} is not in region {self.region}; "
                f"choose {', '.join(zones)}"
            )
        return self

    @model_validator(mode="after")
    def _endpoints_have_a_name(self) -> Self:
        for name in ENDPOINTS:
            if name in self.outside and not self.outside[name].host:
                raise ValueError(f"outside {name} has no host; say the name that its certificate bears")
        return self

    @model_validator(mode="after")
    def _projects_are_somebodys_to_make(self) -> Self:
        if self.delegates_projects and not self.project_manager:
            raise ValueError(
                "delegates_projects needs project_manager; name the entry of clouds.yaml that may make them"
            )
        if self.project_manager and not self.delegates_projects:
            raise ValueError("project_manager makes no projects; say delegates_projects: true, or remove it")
        return self

    @model_validator(mode="after")
    def _features_have_what_they_need(self) -> Self:
        for feature, service in SERVED.items():
            if getattr(self.features, feature) and service not in self.endpoints.services:
                raise ValueError(
                    f"feature {feature} needs the service {service}, which endpoints.services lacks; "
                    "add it there, or say false"
                )
        if self.features.anti_affinity and self.hypervisors < PAIR:
            raise ValueError(
                f"feature anti_affinity needs {PAIR} hypervisors, there is {self.hypervisors}; say false"
            )
        return self
