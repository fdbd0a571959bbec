"""The key that automation logs in with first, before any role has run."""

import os
from pathlib import Path

from infra.config import Platform, strong_public_key
from infra.facts import FactError


def automation_key(platform: Platform) -> str:
    """The OpenSSH public key: the stack's own, or the environment's. FactError when there is none."""
    if platform.automation_key is not None:
        return platform.automation_key
    folder = os.environ.get("SOCLE_SSH_DIR")
    if not folder:
        raise FactError("SOCLE_SSH_DIR is not set; use `make shell`, or give automation_key in the stack")
    path = Path(folder) / "id_ed25519.pub"
    try:
        return strong_public_key(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise FactError(f"{path}: {error.strerror}; run `make up`, or correct SOCLE_SSH_DIR") from None
    except ValueError as error:
        raise FactError(f"{path}: {error}") from None
