"""Where Debian packages come from: read from this machine's own apt configuration, never written down here.

Reads one-line (`*.list`) and deb822 (`*.sources`) files, derives the guest's sources for the image's suite.
Fetching and verifying is apt's own work (see rootfs.py).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from localcloud.image.errors import ImageError

DEFAULT_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


@dataclass(frozen=True)
class Entry:
    """One binary source: a mirror's base URI, one suite, its components, and the keyring that signs it."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str | None = None


@dataclass(frozen=True)
class Mirrors:
    """The archive and the security archive that the host uses, and the keyring to check both with."""

    archive: str
    security: str | None
    keyring: Path

    def deb822(self, suite: str, components: str = "main") -> str:
        """The guest's debian.sources for `suite`: base, updates and, where the host has it, security."""
        stanzas = [(self.guest("archive"), f"{suite} {suite}-updates")]
        if self.security is not None:
            stanzas.append((self.guest("security"), f"{suite}-security"))
        return "\n".join(
            f"Types: deb\nURIs: {uri}\nSuites: {suites}\nComponents: {components}\n"
            f"Signed-By: {self.keyring}\n"
            for uri, suites in stanzas
        )

    def guest(self, which: str) -> str:
        """`archive` or `security` as guests ask for it: in plain HTTP, which a package proxy can filter.

        apt trusts signatures, not the transport.
        """
        uri: str = getattr(self, which)
        return "http://" + uri.removeprefix("https://") if uri.startswith("https://") else uri

    def one_line(self, suite: str, components: str = "main") -> str:
        """The same sources in one-line form, for the build's own apt."""
        lines = [f"deb {self.archive} {s} {components}" for s in (suite, f"{suite}-updates")]
        if self.security is not None:
            lines.append(f"deb {self.security} {suite}-security {components}")
        return "\n".join(lines) + "\n"


def parse_list(text: str) -> list[Entry]:
    """Entries of a one-line file; `deb-src`, comments and options other than signed-by are ignored."""
    entries = []
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        if not line.startswith("deb ") and not line.startswith("deb\t"):
            continue
        rest, signed_by = line[3:].strip(), None
        if rest.startswith("["):
            options, _, rest = rest[1:].partition("]")
            for option in shlex.split(options):
                name, _, value = option.partition("=")
                if name.lower() == "signed-by":
                    signed_by = value.split(",")[0]
        fields = rest.split()
        if len(fields) >= 2:  # noqa: PLR2004
            entries.append(Entry(fields[0].rstrip("/"), fields[1], tuple(fields[2:]), signed_by))
    return entries


def parse_deb822(text: str) -> list[Entry]:
    """Entries of a deb822 file: one for each URI and suite of every enabled `deb` stanza."""
    entries = []
    for block in _stanzas(text):
        if "deb" not in block.get("types", "").split() or block.get("enabled", "yes").lower() in (
            "no",
            "false",
        ):
            continue
        signed_by = block.get("signed-by", "").strip()
        # An inline key spans lines; it is no path, and the default keyring stands in for it.
        keyring = signed_by if signed_by.startswith("/") and "\n" not in signed_by else None
        for uri in block.get("uris", "").split():
            for suite in block.get("suites", "").split():
                components = tuple(block.get("components", "").split())
                entries.append(Entry(uri.rstrip("/"), suite, components, keyring))
    return entries


def _stanzas(text: str) -> Iterable[dict[str, str]]:
    block: dict[str, str] = {}
    field = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if block:
                yield block
            block, field = {}, ""
        elif line[0] in " \t" and field:
            block[field] += "\n" + line.strip()
        elif ":" in line:
            field, _, value = line.partition(":")
            field = field.strip().lower()
            block[field] = value.strip()


def choose(entries: Iterable[Entry], codename: str, *, default_keyring: Path = DEFAULT_KEYRING) -> Mirrors:
    """Pick the Debian archive that serves the host's own release `codename`, and its security archive.

    Raises ImageError when none of the entries serves that release.
    """
    serving = [e for e in entries if "main" in e.components]
    archive = next((e for e in serving if e.suite == codename), None)
    if archive is None:
        raise ImageError(
            f"no Debian archive for {codename} in this machine's apt sources (/etc/apt/sources.list, "
            "/etc/apt/sources.list.d): add one, then `apt-get update`"
        )
    security = next((e for e in serving if e.suite in (f"{codename}-security", f"{codename}/updates")), None)
    keyring = Path(archive.signed_by) if archive.signed_by else default_keyring
    return Mirrors(_plain(archive.uri), _plain(security.uri) if security else None, keyring)


def _plain(uri: str) -> str:
    """A URI that a guest can use too: the first mirror of a list that lies in a file of this machine."""
    if not uri.startswith("mirror+file:"):
        return uri
    path = Path(uri.removeprefix("mirror+file:"))
    lines = path.read_text().splitlines() if path.exists() else []
    found = next((line.split()[0] for line in lines if line.strip() and not line.startswith("#")), None)
    if found is None:
        raise ImageError(f"{path}, which this machine's apt sources name, lists no mirror: add one")
    return found.rstrip("/")


def host_mirrors(etc: Path = Path("/etc")) -> Mirrors:
    """The mirrors of the machine whose /etc is `etc`. Raises ImageError when it is no Debian or has none."""
    codename = ""
    os_release = etc / "os-release"
    for line in os_release.read_text().splitlines() if os_release.exists() else []:
        if line.startswith("VERSION_CODENAME="):
            codename = line.partition("=")[2].strip().strip('"')
    if not codename:
        raise ImageError(
            f"{os_release} names no VERSION_CODENAME: the image is built on a Debian machine only"
        )
    entries: list[Entry] = []
    one_line = etc / "apt/sources.list"
    if one_line.exists():
        entries += parse_list(one_line.read_text())
    for path in sorted((etc / "apt/sources.list.d").glob("*")):
        if path.suffix == ".list":
            entries += parse_list(path.read_text())
        elif path.suffix == ".sources":
            entries += parse_deb822(path.read_text())
    return choose(entries, codename)
