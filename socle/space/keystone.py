"""What a renewal asks of Keystone: as our domain's manager, and for a moment as a space's user.

Only a user itself can make its application credentials, and it has no password that anybody knows. So the
manager gives it a random one, which is used here and forgotten.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from infra.plan.identity import READER, AccessRule
from socle.errors import FailureError, UnprovenError, UserError
from socle.space.credential import Credential, Place

REVOCATION_SECONDS = 1.1
"""A new password ends the user's tokens up to the second in which it was set, so that second is let pass."""


def place_of(platform: Any) -> Place:
    """Where the cloud is, by the platform's own connection. Its account holds every container."""
    config = platform.config
    trust, _ = config.get_requests_verify_args()
    return Place(
        auth_url=config.get_auth_args()["auth_url"],
        region=config.get_region_name() or "",
        account=str(platform.object_store.get_endpoint()).rstrip("/"),
        authority=trust if isinstance(trust, str) else "",
    )


def account_of(place: Place) -> str:
    """The account's path, as access rules name it."""
    return urlsplit(place.account).path


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Whatever openstacksdk and keystoneauth raise, as one line of ours; never with what was sent."""
    from keystoneauth1 import exceptions as raised
    from openstack.exceptions import SDKException

    try:
        yield
    except raised.ConnectFailure as error:
        raise UnprovenError(
            f"{what}: Keystone does not answer ({_line(error)})", fix="run it again"
        ) from None
    except (raised.ClientException, SDKException) as error:
        raise FailureError(
            f"{what}: {_line(error)}", fix="see whether project_manager is our manager"
        ) from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


class Manager:
    """Our domain's manager."""

    def __init__(self, connection: Any) -> None:
        """On a connection that is scoped to the domain."""
        self._connection = connection
        self._domain = connection.session.auth.get_access(connection.session).domain_id

    def opens(self, credential: Credential) -> bool:
        """Whether the cloud still takes it: a login, nothing else."""
        from keystoneauth1 import exceptions as raised

        auth = {
            "application_credential_id": credential.id,
            "application_credential_secret": credential.secret,
        }
        try:
            self._login("v3applicationcredential", auth).session.get_token()
        except (raised.Unauthorized, raised.NotFound):
            return False
        return True

    def user(self, name: str) -> User:
        """The space's user, entered with a password that nobody keeps. UserError when there is none."""
        api = self._connection.identity
        found = next(api.users(name=name, domain_id=self._domain), None)
        if found is None:
            raise UserError(f"the cloud has no user {name}", fix=f"run `pulumi up -s {name}`, then again")
        password = secrets.token_urlsafe(32)
        api.update_user(found.id, password=password)
        time.sleep(REVOCATION_SECONDS)
        return User(self, found.id, password)

    def project(self, name: str) -> str:
        """The id of a project of ours; UserError when there is none."""
        found = next(self._connection.identity.projects(name=name, domain_id=self._domain), None)
        if found is None:
            raise UserError(
                f"the cloud has no project {name}", fix="run `pulumi up` for what makes it, then again"
            )
        return str(found.id)

    def enter(self, user_id: str, password: str, project_id: str) -> Any:
        """A connection as somebody else."""
        auth = {"user_id": user_id, "password": password, "project_id": project_id}
        return self._login("v3password", auth)

    def _login(self, kind: str, auth: dict[str, str]) -> Any:
        """Where the manager's own connection is, and reading nothing else of our environment."""
        import openstack
        from openstack.config import OpenStackConfig

        ours = self._connection.config
        trust, _ = ours.get_requests_verify_args()
        config = OpenStackConfig(config_files=[], secure_files=[], vendor_files=[], load_envvars=False)
        region = config.get_one(
            auth_type=kind,
            auth={"auth_url": ours.get_auth_args()["auth_url"], **auth},
            region_name=ours.get_region_name(),
            interface=ours.get_interface(),
            identity_api_version="3",
            verify=bool(trust),
            cacert=trust if isinstance(trust, str) else None,
        )
        return openstack.connection.Connection(config=region)


class User:
    """A space's user, for as long as a renewal takes."""

    def __init__(self, manager: Manager, user_id: str, password: str) -> None:
        """With the password that was just set."""
        self._manager, self.id, self._password = manager, user_id, password

    def make(self, name: str, project: str, rules: Sequence[AccessRule], expires: datetime) -> Credential:
        """An application credential that opens `project`, ends by itself, and may make no other."""
        made = self._in(project).identity.create_application_credential(
            self.id,
            name,
            description=f"Made by socle space renew, for {project} alone",
            roles=[{"name": READER}],
            access_rules=[rule.request() for rule in rules],
            expires_at=expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
            unrestricted=False,
        )
        return Credential(made.id, made.secret, tuple(rules))

    def revoke_all_but(self, kept: Collection[str], project: str) -> int:
        """Revoke every other one of this user's, whoever made it; how many there were."""
        api = self._in(project).identity
        others = [one for one in api.application_credentials(self.id) if one.id not in kept]
        for one in others:
            api.delete_application_credential(self.id, one.id)
        return len(others)

    def enter(self, project_id: str) -> Any:
        """A connection as this user, to a project of whoever's."""
        return self._manager.enter(self.id, self._password, project_id)

    def _in(self, project: str) -> Any:
        return self.enter(self._manager.project(project))
