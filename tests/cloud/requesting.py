"""Requests as a credential of a clouds.yaml makes them, as they stand: no client that could be polite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from openstack.config import OpenStackConfig

from tests.cloud.live import environment

SECONDS = 60.0


@dataclass(frozen=True)
class Request:
    """`path` is the whole path for the object store, and below the service's endpoint for all others.

    A header that is empty is left out, also the token.
    """

    service: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Asker:
    """One credential. `token` is what it logged in with; `user` and `project` are whose it is."""

    def __init__(self, name: str, file: Path | None = None) -> None:
        """The entry `name` of this clouds.yaml, or of the one of the cloud under test."""
        path = str(file or environment()["OS_CLIENT_CONFIG_FILE"])
        config = OpenStackConfig(config_files=[path], secure_files=[], vendor_files=[], load_envvars=False)
        region = config.get_one(cloud=name)
        session = region.get_session()
        session.trust_env = False
        self._session, self._verify = session, region.get_requests_verify_args()[0]
        self.name, self.token = name, session.get_token()
        access = session.auth.get_access(session)
        self.user, self.project = access.user_id, access.project_id

    def endpoint(self, service: str) -> str:
        """Where a service is, as this credential's own catalogue says."""
        found = self._session.get_endpoint(service_type=service, interface="public", skip_discovery=True)
        assert found, f"{self.name} has no {service} in its catalogue"
        return str(found).rstrip("/")

    def ask(self, asked: Request) -> requests.Response:
        """The answer, whatever it is."""
        base = self.endpoint(asked.service)
        if asked.service == "object-store":
            parts = urlsplit(base)
            base = f"{parts.scheme}://{parts.netloc}"
        said = {"X-Auth-Token": self.token, **asked.headers}
        headers = {key: value for key, value in said.items() if value}
        body: dict[str, Any] = {"json": asked.body} if isinstance(asked.body, dict) else {"data": asked.body}
        session = requests.Session()
        session.trust_env = False
        sent = session.prepare_request(requests.Request(asked.method, base, headers=headers, **body))
        sent.url = base + asked.path  # or dots would be resolved before they are sent
        return session.send(sent, verify=self._verify, timeout=SECONDS)


def emptied(owner: Asker, account: str, container: str) -> None:
    """Every object of the container and every version of it is gone: the owner's to do."""
    path = f"{account}/{container}"
    for query in ("format=json", "versions=true&format=json"):
        for entry in owner.ask(Request("object-store", "GET", f"{path}?{query}")).json():
            version = f"?version-id={entry['version_id']}" if "versions" in query else ""
            owner.ask(Request("object-store", "DELETE", f"{path}/{entry['name']}{version}"))
    left = owner.ask(Request("object-store", "GET", f"{path}?versions=true&format=json")).json()
    assert left == [], f"{container} still holds {left}"
