"""ensure(): the guest image from the cache, built first when it is missing; the cache key; disk space, lock.

The steps themselves live in rootfs.py (the tree), kernel.py (boot arguments) and disk.py (the disk file).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from localcloud.image import disk, kernel, layout, manifest, rootfs, sbom, seal, standing
from localcloud.image.errors import ImageError, require
from localcloud.image.progress import Say, teller
from localcloud.image.sources import host_mirrors

HERE = Path(__file__).resolve().parent
# What an artefact is made of; a change in any of these gives another key, and so another build.
INPUTS = (
    "packages.yaml",
    "customize.sh",
    "masked.txt",
    "partitions.yaml",
    "disk.py",
    "kernel.py",
    "layout.py",
    "rootfs.py",
    "sbom.py",
    "seal.py",
    "standing.py",
    "files",
)
FREE_MIB = 3072
VARIANTS = {"provider": False, "emulated": True}

# Properties for glance; hw_* ask nova for the devices that the image has drivers for.
PROPERTIES = {
    "os_type": "linux",
    "os_distro": "debian",
    "os_version": "13",
    "os_admin_user": "automation",
    "architecture": "x86_64",
    "hw_architecture": "x86_64",
    "hw_disk_bus": "virtio",
    "hw_vif_model": "virtio",
    "hw_rng_model": "virtio",
    "hw_firmware_type": "bios",
    "img_config_drive": "mandatory",
}


@dataclass(frozen=True)
class ImageArtifact:
    """One disk image: its file, SHA-256 in hex, glance's disk_format, and glance properties."""

    path: Path
    sha256: str
    disk_format: str
    properties: dict[str, str]


def input_digests(base: Path = HERE) -> dict[str, str]:
    """SHA-256 of every input file by its path relative to `base`; whether it is executable counts too."""
    found: dict[str, str] = {}
    for name in INPUTS:
        path = base / name
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            executable = "+x " if file.stat().st_mode & 0o111 else ""
            found[str(file.relative_to(base))] = executable + manifest.digest(file)
    return found


def cache_key(digests: dict[str, str], suite: str = rootfs.SUITE) -> str:
    """16 hex digits over suite and inputs. The mirror is left out: signatures make mirrors equal."""
    state = hashlib.sha256(suite.encode())
    for name, value in sorted(digests.items()):
        state.update(f"\0{name}\0{value}".encode())
    return state.hexdigest()[:16]


def ensure(cache: Path, *, emulated: bool, say: Say | None = None) -> ImageArtifact:
    """The image from `cache` (Socle's cache folder), built when missing; about two minutes cold.

    `emulated` picks the artefact whose kernel command line suits guests without KVM. Raises ImageError.
    """
    say = say or teller()
    digests = input_digests()
    key = cache_key(digests)
    folder = cache / "cloud" / f"image-{key}"
    with _locked(folder, say):
        if not (folder / manifest.NAME).exists():
            _build(folder, key, digests, say)
        made = manifest.load(folder)
        variant = made.variants["emulated" if emulated else "provider"]
        path = manifest.verify(folder, variant)
    properties = {**PROPERTIES, "socle_sha256": variant.sha256, "socle_image_key": key}
    return ImageArtifact(path, variant.sha256, variant.disk_format, properties)


@contextlib.contextmanager
def _locked(folder: Path, say: Say) -> Iterator[None]:
    """Hold the build's lock, so that two clouds that start together build the image once."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = (folder.parent / f"{folder.name}.lock").open("w", encoding="utf-8")
    except OSError as problem:
        raise ImageError(f"cannot write the cache {folder.parent}: {problem.strerror}") from problem
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another build of this image is under way: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def discard(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> None:
    """Remove `folder` when it exists, never through a mount: below one lie the machine's own files.

    Raises ImageError when something is mounted there, or when it cannot be removed.
    """
    real = str(folder.resolve())
    points = [line.split()[4] for line in mounts.read_text().splitlines()]
    below = [point for point in points if point == real or point.startswith(real + "/")]
    if below:
        raise ImageError(f"{below[0]} is still mounted in a folder to be removed: `umount {' '.join(below)}`")
    try:
        if folder.exists():
            shutil.rmtree(folder)
    except OSError as problem:
        raise ImageError(
            f"cannot remove {problem.filename}: {problem.strerror}; remove {folder}"
        ) from problem


def _build(folder: Path, key: str, digests: dict[str, str], say: Say) -> None:
    if os.geteuid() != 0:
        raise ImageError("building the guest image needs root (its files belong to root): run it with sudo")
    require(
        ["mmdebstrap", "sfdisk", "mke2fs", "debugfs", "qemu-img", "apt-config", "tar", "setpriv", "unshare"]
    )
    free = shutil.disk_usage(folder.parent).free // 2**20
    if free < FREE_MIB:
        raise ImageError(f"{folder.parent} has {free} MiB free, the image build needs {FREE_MIB}: make room")
    mirrors = host_mirrors()
    partial = folder.with_name(folder.name + ".partial")
    discard(partial)
    partial.mkdir()
    log, tree, now = partial / "build.log", partial / "root", datetime.now(UTC)
    say(f"building Debian {rootfs.SUITE} guest image {key} (log: {log})")
    plan = layout.plan()
    uuids = {part.mount: disk.identifier(key, part.name) for part in plan.mounted}
    rootfs.stage_overlay(partial / "overlay", mirrors, {"etc/fstab": kernel.fstab(plan, uuids)})
    rootfs.make_tree(tree, partial / "overlay", mirrors, log=log, say=say)
    packages, version = rootfs.installed(tree), kernel.version(tree / "boot")
    made = now.isoformat(timespec="seconds")
    bill = sbom.write(tree, partial, key, rootfs.SUITE, made)
    stands = standing.write(tree, partial)
    seals = {}
    for name, emulated in VARIANTS.items():
        say(f"sealing the files of the {name} disk")
        _boot_files(tree, tree / "boot", uuids, version, emulated=emulated)
        seals[name] = seal.make(tree, partial / f"{name}.seal", log)
    folders = disk.split(tree, plan, partial / "parts")
    variants = {}
    for name, emulated in VARIANTS.items():
        say(f"writing the {name} disk")
        _boot_files(tree, folders["/boot"], uuids, version, emulated=emulated)
        seal.place(partial / f"{name}.seal", folders["/var"])
        raw = partial / f"{name}.raw"
        disk.write(folders, raw, plan, key, log, epoch=int(now.timestamp()))
        variants[name] = _packed(raw, log, name, seals[name], emulated=emulated)
        (partial / f"{name}.seal").unlink()
    for leftover in (tree, partial / "parts", partial / "overlay"):
        discard(leftover)
    manifest.save(
        manifest.Manifest(
            key=key,
            suite=rootfs.SUITE,
            built_at=made,
            keyring=manifest.digest(mirrors.keyring),
            inputs=digests,
            packages=packages,
            sbom_sha256=bill,
            standing_sha256=stands,
            variants=variants,
        ),
        partial,
    )
    discard(folder)
    partial.rename(folder)
    say(f"image ready in {folder}")


def _boot_files(root: Path, boot: Path, uuids: dict[str, str], version: str, *, emulated: bool) -> None:
    """Write what differs between the disks: how they start."""
    (root / kernel.GRUB_DEFAULTS).write_text(kernel.grub_defaults(emulated=emulated), encoding="utf-8")
    config = kernel.grub_config(uuids, version, emulated=emulated)
    (boot / kernel.GRUB_CFG).write_text(config, encoding="utf-8")


def _packed(raw: Path, log: Path, name: str, sealed: str, *, emulated: bool) -> manifest.Variant:
    final = raw.with_name(f"socle-debian-13-{name}.{disk.FORMAT}")
    disk.pack(raw, final, log)
    raw.unlink()
    return manifest.Variant(
        file=final.name,
        size=final.stat().st_size,
        sha256=manifest.digest(final),
        disk_format=disk.FORMAT,
        kernel_arguments=kernel.arguments(emulated=emulated),
        seal_sha256=sealed,
    )
