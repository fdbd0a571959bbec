"""The project's servers as the cloud's API shows them: reads only, through openstacksdk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from socle.env import Environment
from socle.errors import UnprovenError, UserError


@dataclass(frozen=True)
class Server:
    """One server of an environment."""

    id: str
    name: str
    roles: tuple[str, ...]
    zone: str
    status: str
    fixed: str
    floating: str | None
    fault: str = ""
    off: bool = False
    """Switched off on purpose: a host of a frozen space."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every name and address by which it may be reached."""
        return tuple(part for part in (self.name, self.floating, self.fixed) if part)


def connect(environment: Environment) -> Any:
    """An openstacksdk connection as the environment says; raises UserError when it names no cloud."""
    import openstack
    from openstack.config import OpenStackConfig

    config, name = environment.variables["OS_CLIENT_CONFIG_FILE"], environment.variables["OS_CLOUD"]
    try:
        region = OpenStackConfig(config_files=[config]).get_one(cloud=name)
    except Exception as error:
        raise UserError(
            f"no cloud {name} there ({_first_line(error)})", config, "start it with `make up`"
        ) from None
    return openstack.connection.Connection(config=region)


class Cloud:
    """The calls that host verbs need; every failure is one line."""

    def __init__(self, environment: Environment) -> None:
        """Connect as the environment says; raises UserError when it names no cloud."""
        self._environment = environment
        self._connection = connect(environment)

    def servers(self) -> list[Server]:
        """The environment's servers, by name. Raises UnprovenError when they cannot be listed."""
        listed = self._ask("list the servers", lambda c: list(c.compute.servers(details=True)))
        return sorted(
            (_server(s) for s in listed if (s.metadata or {}).get("socle_env") == self._environment.name),
            key=lambda server: server.name,
        )

    def console_log(self, server: Server) -> str:
        """All of the console log that the API keeps."""
        answer = self._ask(
            f"read the console log of {server.name}", lambda c: c.compute.get_server_console_output(server.id)
        )
        return str(answer.get("output") or "")

    def _ask(self, what: str, call: Any) -> Any:
        try:
            return call(self._connection)
        except Exception as error:
            raise UnprovenError(
                f"could not {what}: {_first_line(error)}",
                f"cloud {self._environment.variables['OS_CLOUD']}",
                "check that it is up and that the credential is valid, then run again",
            ) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]


def _server(found: Any) -> Server:
    metadata = found.metadata or {}
    entries = [entry for network in (found.addresses or {}).values() for entry in network]
    by_type = {entry.get("OS-EXT-IPS:type", "fixed"): entry["addr"] for entry in reversed(entries)}
    return Server(
        id=found.id,
        name=found.name,
        roles=tuple(filter(None, metadata.get("socle_roles", "").split(","))),
        zone=metadata.get("socle_zone", ""),
        status=found.status,
        fixed=by_type.get("fixed", ""),
        floating=by_type.get("floating"),
        fault=" ".join(str((found.fault or {}).get("message", "")).split())
        if found.status == "ERROR"
        else "",
        off=metadata.get("socle_power") == "off",
    )
