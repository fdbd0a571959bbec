"""`python -m socle.space.access`: what a space's people need on its workstations, for roles/space_access.

A clouds.yaml that leads through the object gateway, and the keys of the space's objects; nothing at all of a
space that is not open. Printed for a pipe: it is secret from beginning to end.
"""

from __future__ import annotations

import argparse
import json
import sys
from urllib.parse import urlsplit

from infra.specification import load_space
from infra.stackfile import space_of, stack_name
from socle.errors import UserError
from socle.pipes import answered
from socle.space import credential, objects
from socle.space.credential import Held
from socle.space.key import shell_folder

AUTHORITY = "/etc/socle/objects/ca.pem"
"""Where roles/object_client puts the gateway's authority."""


def clouds(held: Held, gateway: str, account: str) -> str:
    """The clouds.yaml, an entry a credential, named as the project that it opens. JSON, which is YAML too."""
    said = {
        project: {
            "auth_type": "v3applicationcredential",
            "auth": {
                "auth_url": f"{gateway}/v3",
                "application_credential_id": one.id,
                "application_credential_secret": one.secret,
            },
            "identity_api_version": "3",
            "object_store_endpoint_override": f"{gateway}/v1/{account}",
            "cacert": AUTHORITY,
        }
        for project, one in held.credentials.items()
    }
    return json.dumps({"clouds": said}, indent=1) + "\n"


def files(environment: str, name: str, gateway: str, account: str) -> dict[str, str]:
    """Content by file name; none when the space is not open. Reads our files and the tables, asks no cloud.

    UserError when its key is gone, or a file of ours is damaged; FactError when its table is.
    """
    keys, stack = shell_folder(), stack_name(f"{environment}-space-{name}")
    if not space_of(stack):
        raise UserError("not a space", stack)
    if not urlsplit(gateway).hostname or not account.startswith("AUTH_"):
        raise UserError("no object gateway, or no account behind it", f"{gateway} {account}", "run `make up`")
    if load_space(stack).space.phase != "open":
        return {}
    readers = [*objects.readers_of(environment).values()]
    found = {"objects.json": objects.document(f"{environment}-{name}", objects.keys_of(keys, stack), readers)}
    if held := credential.read(keys, stack):
        found["clouds.yaml"] = clouds(held, gateway, account)
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print the files as one JSON object; 0, 1 or 2, one line on stderr when it cannot."""
    parser = argparse.ArgumentParser(prog="python -m socle.space.access", description="For workstations.")
    for option in ("environment", "space", "gateway", "account"):
        parser.add_argument(f"--{option}", required=True)
    asked = parser.parse_args(arguments)
    return answered(
        lambda: json.dumps(files(asked.environment, asked.space, asked.gateway, asked.account)) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
