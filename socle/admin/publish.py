"""`python -m socle.admin.publish`: the people's authority as hosts know it, as JSON, for roles/people.

The authority's public key and the list of revoked certificates; both empty where `socle admin` has made no
authority yet: a converge makes none.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys

from socle import ca
from socle.admin import authority
from socle.admin.store import Store
from socle.errors import SocleError


def main(arguments: list[str] | None = None) -> int:
    """Print them; 0, 1 or 2."""
    parser = argparse.ArgumentParser(
        prog="python -m socle.admin.publish", description="The people's authority."
    )
    parser.add_argument("--environment", required=True)
    asked = parser.parse_args(arguments)
    try:
        store = Store.among(ca.folder(), asked.environment)
        with store.locked():
            public, list_of_revoked = authority.published(store)
            listed = base64.b64encode(list_of_revoked).decode()
    except SocleError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    json.dump({"authority": public, "revoked": listed}, sys.stdout)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
