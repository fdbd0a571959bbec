"""A space's application credentials as they lie with us, beside its key: `$SOCLE_SSH_DIR/../keys`, 0600.

`python -m socle.space.credential` prints their ids, for who has to know whose they are: never a secret.
Making them is renew.py's.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import yaml

from infra.plan.identity import AccessRule
from infra.stackfile import space_of, spaces_of, stack_name
from socle.errors import UserError
from socle.identity import make_folder, write_private
from socle.pipes import answered
from socle.space.key import shell_folder


@dataclass(frozen=True)
class Credential:
    """One of them. `rules`: what it may ask for; all that was true when it was made."""

    id: str
    secret: str = field(repr=False)
    rules: tuple[AccessRule, ...]


@dataclass(frozen=True)
class Held:
    """All of one space's, by the Keystone project that each opens; they end together.

    `before`: ids of those that these took the place of. `settled`: the others are known to be revoked.
    """

    expires: datetime
    credentials: Mapping[str, Credential]
    before: tuple[str, ...] = ()
    settled: bool = False

    @property
    def ids(self) -> list[str]:
        """Those that may be in use, the present ones first."""
        return [*(one.id for one in self.credentials.values()), *(() if self.settled else self.before)]


@dataclass(frozen=True)
class Place:
    """Where the cloud is: what a clouds.yaml needs beside the credential. `account`: of all containers.

    `authority`: the file of who signs its certificates, where that is not the machine's own.
    """

    auth_url: str
    region: str
    account: str
    authority: str = ""


def credential_file(keys: Path, stack: str) -> Path:
    """Where a space's credentials lie, by its stack."""
    return keys / f"{stack}.credentials.json"


def clouds_file(keys: Path, stack: str) -> Path:
    """The clouds.yaml that is handed over: an entry for each, named as the project that it opens."""
    return keys / f"{stack}.clouds.yaml"


def read(keys: Path, stack: str) -> Held | None:
    """What we hold; None when the space has none. UserError when the file is damaged."""
    path = credential_file(keys, stack)
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        found = {
            project: Credential(one["id"], one["secret"], tuple(AccessRule(*rule) for rule in one["rules"]))
            for project, one in said["credentials"].items()
        }
        return Held(datetime.fromisoformat(said["expires"]), found, tuple(said["before"]), said["settled"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        fix = "move it away; `socle space renew` then makes new ones, and revokes what is not in the file"
        raise UserError("not the credentials of a space", str(path), fix) from None


def write(keys: Path, stack: str, held: Held) -> None:
    """Keep them, whole or not at all."""
    credentials = {
        project: {
            "id": one.id,
            "secret": one.secret,
            "rules": [list(asdict(rule).values()) for rule in one.rules],
        }
        for project, one in held.credentials.items()
    }
    said = {
        "expires": held.expires.isoformat(),
        "credentials": credentials,
        "before": list(held.before),
        "settled": held.settled,
    }
    write_private(credential_file(make_folder(keys), stack), json.dumps(said, indent=1).encode() + b"\n")


def hand_over(keys: Path, stack: str, held: Held, place: Place) -> None:
    """Write the space's clouds.yaml: what its people and programs use, and nothing else of ours."""
    clouds = {
        project: {
            "auth_type": "v3applicationcredential",
            "auth": {
                "auth_url": place.auth_url,
                "application_credential_id": one.id,
                "application_credential_secret": one.secret,
            },
            "region_name": place.region,
            "identity_api_version": "3",
            # The containers are the platform's, so they are in its account.
            "object_store_endpoint_override": place.account,
            **({"cacert": place.authority} if place.authority else {}),
        }
        for project, one in held.credentials.items()
    }
    text = yaml.safe_dump({"clouds": clouds}, sort_keys=False)
    write_private(clouds_file(keys, stack), text.encode())


def forget(keys: Path, stack: str) -> bool:
    """Remove what lies with us, once its user is gone; whether there was any."""
    paths = (clouds_file(keys, stack), credential_file(keys, stack))
    there = [path for path in paths if path.exists()]
    for path in there:
        path.unlink()
    return bool(there)


def main(arguments: list[str] | None = None) -> int:
    """Print the ids of every space of an environment, as JSON; 0 or 2, one line on stderr when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m socle.space.credential", description="Ids, by space.")
    parser.add_argument("--environment", required=True)
    environment = parser.parse_args(arguments).environment

    def ids() -> str:
        keys = shell_folder()
        stack_name(f"{environment}-platform")
        held = {space_of(stack): read(keys, stack) for stack in spaces_of(environment)}
        return json.dumps({name: one.ids if one else [] for name, one in held.items()}) + "\n"

    return answered(ids)


if __name__ == "__main__":
    sys.exit(main())
