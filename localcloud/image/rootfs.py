"""The root directory tree: mmdebstrap with the package list, the overlay and the host's own mirror.

Signatures are apt's to check and stay on. Not here: anything about disks or boot arguments.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import yaml

from localcloud.image.errors import ImageError
from localcloud.image.progress import Say, run
from localcloud.image.sources import DEFAULT_KEYRING, Mirrors

HERE = Path(__file__).resolve().parent
PACKAGE_LIST = HERE / "packages.yaml"
OVERLAY = HERE / "files"
CUSTOMIZE = HERE / "customize.sh"
SUITE = "trixie"

# mmdebstrap mounts /proc, /sys, /dev/pts and the machine's own /dev/shm into the tree. In namespaces of its
# own these are seen by nobody else, and end with it however the build ends, a SIGKILL included.
CONFINED = (
    *("setpriv", "--pdeathsig", "KILL"),
    *(
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "--pid",
        "--fork",
        "--kill-child=KILL",
        "--mount-proc",
    ),
)


def wanted_packages(path: Path = PACKAGE_LIST) -> dict[str, str]:
    """Package names with the reason for each; raises ImageError when the list or a reason is missing."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or not data:
        raise ImageError(f"{path}: expected a mapping `package: why`")
    for name, reason in data.items():
        if not isinstance(name, str) or not isinstance(reason, str) or not reason.strip():
            raise ImageError(f"{path}: package {name!r} has no reason: write `{name}: why`")
    return data


def host_acquire_options() -> list[str]:
    """The host's proxy settings of apt (Acquire::http::Proxy and the like), as apt.conf lines."""
    dump = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True).stdout
    wanted = ("Acquire::http::", "Acquire::https::")
    return [line for line in dump.splitlines() if line.startswith(wanted) and not line.endswith('"";')]


def check_keyring(keyring: Path, suite: str) -> None:
    """Raise ImageError when `keyring` is absent, or is Debian's own from before `suite` existed."""
    if not keyring.exists():
        raise ImageError(
            f"{keyring} (signs this machine's Debian archive) is missing: install debian-archive-keyring"
        )
    keys_of_suite = keyring.parent / f"debian-archive-{suite}-stable.gpg"
    if keyring == DEFAULT_KEYRING and not keys_of_suite.exists():
        raise ImageError(
            f"{keyring} does not know Debian {suite}: "
            "`apt-get update && apt-get install --only-upgrade debian-archive-keyring`"
        )


def stage_overlay(target: Path, mirrors: Mirrors, generated: dict[str, str], suite: str = SUITE) -> None:
    """Copy the overlay to `target` with the files only the build knows, world-readable and not writable."""
    shutil.copytree(OVERLAY, target)
    files = {**generated, "etc/apt/sources.list.d/debian.sources": mirrors.deb822(suite)}
    for name, text in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if mirrors.keyring != DEFAULT_KEYRING:
        copy = target / mirrors.keyring.relative_to("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(mirrors.keyring, copy)


def make_tree(
    root: Path, overlay: Path, mirrors: Mirrors, *, log: Path, say: Say, suite: str = SUITE
) -> None:
    """Fill `root` with Debian `suite`. Needs root and the mirror; takes a minute or two.

    SOURCE_DATE_EPOCH is removed on purpose: with it Python's byte code is written with hashes instead of
    time stamps, and every start of cloud-init in a guest pays for checking them.
    """
    check_keyring(mirrors.keyring, suite)
    overlay_hook = (
        f"tar -C {overlay} --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX -cf - . "
        '| tar -C "$1" --no-overwrite-dir -xf -'
    )
    argv = [
        *CONFINED,
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--format=directory",
        f"--keyring={mirrors.keyring}",
        f"--include={','.join(wanted_packages())}",
        *(f"--aptopt={option}" for option in host_acquire_options()),
        f"--extract-hook={overlay_hook}",
        f'--customize-hook={CUSTOMIZE} "$1"',
        suite,
        str(root),
        "-",
    ]
    env = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    env |= {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}

    def tell(line: str) -> None:
        if line.startswith("I: ") and line.endswith("..."):
            say(line[3:])

    try:
        run(argv, log, stdin=mirrors.one_line(suite), env=env, on_line=tell)
    except ImageError as problem:
        raise ImageError(f"mmdebstrap with this machine's mirror {mirrors.archive}: {problem}") from problem
    (root / "etc/apt/apt.conf.d/99mmdebstrap").unlink(missing_ok=True)
    # systemd runs its "files in /usr are newer" services (ldconfig, hwdb, catalog, sysusers) unless these
    # two stamps are as new as /usr: the packages' own postinst scripts have done that work already.
    stamp = (root / "usr").stat().st_mtime_ns
    for name in ("etc/.updated", "var/.updated"):
        (root / name).write_text("")
        os.utime(root / name, ns=(stamp, stamp))


def installed(root: Path) -> dict[str, str]:
    """Every package in the tree with its exact version, sorted by name."""
    query = ["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${binary:Package}=${Version}\\n"]
    lines = subprocess.run(query, check=True, capture_output=True, text=True).stdout.split()
    return dict(sorted(line.split("=", 1) for line in lines))
