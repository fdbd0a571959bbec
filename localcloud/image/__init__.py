"""The Debian 13 guest image: built from signed packages, bootable at a provider and in the embedded cloud.

Here: package list, overlay files, disk layout, the build, a QEMU runner and the boot test. Not here: the
upload to glance (localcloud's image service does it) and everything a host's role decides (roles/).
"""

from localcloud.image.build import ImageArtifact, ensure
from localcloud.image.errors import ImageError

__all__ = ["ImageArtifact", "ImageError", "ensure"]
