"""Facts of this machine that the configuration depends on: does KVM work, how does apt reach packages."""

import re
import subprocess
import tempfile
import time
from pathlib import Path

from localcloud.errors import UsageError
from localcloud.image import sources
from localcloud.image.errors import ImageError

# A boot sector that writes 0x10 to port 0xf4, where qemu's debug-exit device turns it into status 33.
BOOT_SECTOR = bytes.fromhex("b010e6f4f4ebfd").ljust(510, b"\0") + b"\x55\xaa"
RAN = 33


def _boot(accelerator: str, disk: Path) -> float | None:
    """Seconds until the guest ended by its own instruction, or nothing when it did not."""
    begun = time.monotonic()
    try:
        code = subprocess.run(
            [
                "qemu-system-x86_64",
                "-nodefaults",
                "-display",
                "none",
                "-m",
                "64",
                "-accel",
                accelerator,
                "-device",
                "isa-debug-exit,iobase=0xf4,iosize=4",
                "-drive",
                f"file={disk},format=raw,if=ide",
            ],
            capture_output=True,
            timeout=20,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return None
    return time.monotonic() - begun if code == RAN else None


def virt_type() -> tuple[str, str]:
    """`kvm` or `qemu`, and why.

    A /dev/kvm without the processor's help exists: it emulates, slower than qemu does, and stock kernels hang
    in it. So the same guest is booted both ways and KVM has to win.
    """
    if not Path("/dev/kvm").exists():
        return "qemu", "no /dev/kvm"
    with tempfile.NamedTemporaryFile() as file:
        file.write(BOOT_SECTOR)
        file.flush()
        kvm, tcg = _boot("kvm", Path(file.name)), _boot("tcg", Path(file.name))
    if kvm is None:
        return "qemu", "a guest does not boot with /dev/kvm"
    if tcg is not None and kvm > 2 * tcg + 0.5:
        return "qemu", f"/dev/kvm is slower than emulation ({kvm:.1f} s against {tcg:.1f} s)"
    return "kvm", f"a guest boots with /dev/kvm ({kvm:.1f} s)"


def mirrors() -> list[str]:
    """The Debian archives that guests may reach through the package proxy; UsageError when there are none."""
    try:
        found = sources.host_mirrors()
    except ImageError as error:
        raise UsageError(str(error)) from None
    return [found.guest(which) for which in ("archive", "security") if getattr(found, which)]


def apt_proxy() -> str:
    """The proxy this machine's apt uses for http, or nothing."""
    out = subprocess.run(
        ["apt-config", "dump", "Acquire::http::Proxy"], capture_output=True, text=True, check=False
    )
    found = re.search(r'^Acquire::http::Proxy "(.+)";', out.stdout, re.MULTILINE)
    return "" if not found or found.group(1) == "DIRECT" else found.group(1)
