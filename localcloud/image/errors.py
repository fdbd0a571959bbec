"""The one exception of the image builder, and the look-up of tools that it needs; no build logic."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

# Debian package that brings each program the builder or the runner starts.
PACKAGE_OF = {
    "apt-config": "apt",
    "genisoimage": "genisoimage",
    "mke2fs": "e2fsprogs",
    "mmdebstrap": "mmdebstrap",
    "qemu-img": "qemu-utils",
    "qemu-system-x86_64": "qemu-system-x86",
    "sfdisk": "fdisk",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "setpriv": "util-linux",
    "tar": "tar",
    "unshare": "util-linux",
}


class ImageError(Exception):
    """A failure the user can act on: the message says what, where and how to fix it, in one line."""


def require(programs: Iterable[str]) -> None:
    """Raise ImageError when one of `programs` is not on the PATH, naming the Debian packages to install."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        packages = " ".join(sorted({PACKAGE_OF.get(name, name) for name in missing}))
        raise ImageError(
            f"{', '.join(missing)} not found on this machine: install with `apt-get install {packages}`"
        )
