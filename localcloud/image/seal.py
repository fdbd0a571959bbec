"""The first seal of a host's files: made of the tree by the AIDE that lies in it, seconds instead of minutes.

It lies on the host and its checksum in the manifest. Not here: how hosts check and renew it
(roles/integrity).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from localcloud.image import manifest
from localcloud.image.errors import ImageError
from localcloud.image.progress import run

CONFIG = "etc/aide/socle.conf"
DATABASE = "lib/socle/seal/seal.db"  # in /var, a partition of its own


def make(tree: Path, kept: Path, log: Path) -> str:
    """Seal the whole `tree` into the file `kept`; its SHA-256 in hex. ImageError when AIDE fails."""
    made = tree / "var" / (DATABASE + ".new")
    made.parent.mkdir(parents=True, exist_ok=True)
    made.parent.chmod(0o700)
    made.unlink(missing_ok=True)
    run(["chroot", str(tree), "aide", "--init", f"--config=/{CONFIG}"], log)
    if not made.exists():
        raise ImageError(f"AIDE made no database of {tree}: see {log} and files/{CONFIG}")
    shutil.move(made, kept)
    kept.chmod(0o600)
    return manifest.digest(kept)


def place(kept: Path, var: Path) -> None:
    """Put a seal where the host looks for it; `var`: the folder of that partition."""
    shutil.copy2(kept, var / DATABASE)
