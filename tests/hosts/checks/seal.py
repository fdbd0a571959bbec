"""Checks of the seal of a host's files, and of what protects the seal."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

from localcloud.image import manifest
from localcloud.image.build import HERE
from localcloud.image.errors import ImageError
from localcloud.image.seal import CONFIG
from socle.paths import cache as cache_folder
from tests.hosts.checks.base import Host, Outcome, State, Unproven, Violation, check

HOUR = 3600


@check("seal")
def seal(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Rules are ours, the timer runs, the last word on the seal is good and young, a part agrees now."""
    found = state.value("seal")
    wrong = []
    if found["config"] != hashlib.sha256((HERE / "files" / CONFIG).read_bytes()).hexdigest():
        wrong.append(Violation("rules", f"/{CONFIG} is not what says here what is sealed"))
    for key, wanted in (("UnitFileState", "enabled"), ("ActiveState", "active")):
        if found["timer"][key] != wanted:
            wrong.append(
                Violation("timer", f"the daily check's timer is {found['timer'][key]}, not {wanted}")
            )
    word, age = found["verdict"]["word"], found["verdict"]["age"] / HOUR
    if word == "differs":
        wrong.append(
            Violation("files", f"files differed from the seal {age:.0f} h ago: journalctl -t socle-seal")
        )
    elif word == "unproven":
        raise Unproven(f"AIDE failed {age:.0f} h ago: journalctl -t socle-seal")
    # Without a word yet, and after a night off, a check has a day from the start of the host on.
    waited = min(age if word else found["age"] / HOUR, found["up"] / HOUR)
    if waited > parameters["checked_within_hours"]:
        wrong.append(Violation("checked", f"nothing was said of the seal for {waited:.0f} h"))
    making = found["update"]
    if making is not None and making / HOUR > parameters["sealed_within_hours"]:
        wrong.append(Violation("sealed", f"a seal has been in the making for {making / HOUR:.0f} h"))
    part = parameters["compared_now"]
    wrong += [Violation(path, f"{path} is not as it was sealed") for path in found["compared"]]
    said = f"{word or 'the first seal'}, {waited:.1f} h ago; compared now: {part}"
    return Outcome(tuple(wrong), said if making is None else f"{said}; sealed anew for {making:.0f} s")


@cache
def built() -> frozenset[str]:
    """Checksums of the seals that images of this machine's cache were built with."""
    found: set[str] = set()
    for file in (cache_folder() / "cloud").glob(f"image-*/{manifest.NAME}"):
        try:
            found |= {one.seal_sha256 for one in manifest.load(file.parent).variants.values()}
        except ImageError:
            continue  # of another version: what it sealed is not known
    return frozenset(found)


@check("seal_database")
def seal_database(parameters: dict[str, Any], state: State, _host: Host) -> Outcome:
    """Only root reaches it, and its checksum was recorded: by the journal, else by the image's build."""
    found = state.value("seal")
    wrong = [
        Violation(key, f"the seal's {key} is {found[key]}, not {parameters[key]}")
        for key in ("owner", "mode", "folder_mode")
        if found[key] != parameters[key]
    ]
    digest, recorded = found["database"], found["recorded"]
    if recorded:
        source = "the journal"
    else:
        source, recorded = "the image's manifest", digest if digest in built() else ""
        if not recorded and not built():
            raise Unproven("no manifest of an image is here that says what its build sealed")
    if digest != recorded:
        wrong.append(Violation("checksum", f"the seal is {digest[:16]}, which {source} does not have"))
    return Outcome(tuple(wrong), f"{digest[:16]} by {source}")
