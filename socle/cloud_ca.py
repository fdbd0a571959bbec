"""`python -m socle.cloud_ca`: the authorities by which the cloud's endpoints are verified, in PEM.

Nothing when the cloud has none of its own: its certificates are then those of public authorities. What is
asked is what every OpenStack client asks: `$OS_CACERT`, else `cacert` of `$OS_CLOUD` in its clouds.yaml.
Nothing else of that file, which holds a secret, is ever shown.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml
from cryptography import x509

from socle.errors import UserError
from socle.pipes import answered


def authorities(exported: Mapping[str, str]) -> str:
    """The text of the authorities' file, or nothing; UserError when what is named cannot be used."""
    named = exported.get("OS_CACERT") or _of_cloud(exported)
    if not named:
        return ""
    try:
        text = Path(named).expanduser().read_text(encoding="ascii")
        x509.load_pem_x509_certificates(text.encode())
    except (OSError, ValueError) as error:
        raise UserError("the cloud's authorities cannot be read", named, "correct cacert") from error
    return text


def _of_cloud(exported: Mapping[str, str]) -> str:
    file, name = exported.get("OS_CLIENT_CONFIG_FILE", ""), exported.get("OS_CLOUD", "")
    if not file or not name:
        raise UserError("OS_CLIENT_CONFIG_FILE or OS_CLOUD is not set", fix="run inside `make shell`")
    try:
        said = yaml.safe_load(Path(file).read_text(encoding="utf-8"))["clouds"][name]
        return str(said.get("cacert") or "")
    except (OSError, yaml.YAMLError, LookupError, TypeError, AttributeError):
        raise UserError(f"there is no cloud {name} to be read", file, "correct OS_CLOUD") from None


def main() -> int:
    """Print them; 0 or 2."""
    return answered(lambda: authorities(os.environ))


if __name__ == "__main__":
    sys.exit(main())
