"""Whether a certificate of an erasure holds: its signature, and what of its words can be looked at here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.specification import load
from infra.stackfile import stack_file
from socle import ca
from socle.env import Environment
from socle.errors import SocleError
from socle.hosts.servers import connect
from socle.records import Record, RecordSet, Text, Verdict
from socle.space import certificate, key
from socle.space.left import left_of, still_there

TITLES = {
    "signature": ("The certificate is signed and unchanged", "L'attestation est signée et inchangée"),
    "key": ("The space's key is not here any more", "La clé de l'espace n'est plus ici"),
    "objects": (
        "Objects of the space were sealed with the destroyed keys",
        "Les objets de l'espace étaient scellés par les clés détruites",
    ),
    "backups": (
        "No snapshot or backup of its volumes is left",
        "Aucun instantané, aucune sauvegarde de ses volumes ne subsiste",
    ),
    "cloud": ("The cloud holds nothing of the space", "Le nuage ne contient plus rien de l'espace"),
    "number": ("Nobody can get the space's number again", "Personne ne peut recevoir à nouveau son numéro"),
    "provider": ("The provider attests the rest", "Le fournisseur atteste le reste"),
}
Answer = tuple[Verdict, str]
SEALED = "sha256:"
"""How a certificate names the key of a space that had one."""
KINDS = ("snapshot", "backup")
"""What `erasure-backups` is about; all else that the cloud holds is `erasure-cloud`'s."""


@dataclass(frozen=True)
class Seen:
    """What the cloud shows today: things of the space, copies of others, backups that the provider keeps.

    `silence`: why nothing can be said of it; empty when it answered.
    """

    own: Sequence[tuple[str, str]] = ()
    copies: Sequence[Mapping[str, str]] = ()
    kept: Sequence[Mapping[str, str]] = ()
    silence: str = ""

    def standing(self, *, backups: bool) -> list[str]:
        """The space's snapshots and backups, or all else of it."""
        return [name for kind, name in self.own if (kind in KINDS) is backups]


def verify(environment: Environment, file: Path) -> RecordSet:
    """One record for each thing that a certificate says. UserError when the file is no certificate.

    What only the provider can attest is unproven here, always.
    """
    said = certificate.read(file)
    return RecordSet.of(_records(environment, file, said))


def _records(environment: Environment, file: Path, said: dict[str, Any]) -> Iterator[Record]:
    stack = f"{said['environment']}-space-{said['space']}"
    public = ca.beside(environment.ssh_dir) / "erasures/key.pub"
    seen = _seen(environment, said)
    looks: dict[str, Callable[[], Answer]] = {
        "signature": lambda: _signed(file, public, str(said["environment"])),
        "key": lambda: _key_gone(key.folder(environment.ssh_dir), stack, str(said["key"])),
        "objects": lambda: _sealed(said),
        "backups": lambda: _backups_gone(seen, said),
        "cloud": lambda: _cloud_empty(seen, said),
        "number": lambda: _retired(said, stack),
        "provider": lambda: (Verdict.UNPROVEN, f"{len(said['provider'])} things that nobody here can see"),
    }
    for name, look in looks.items():
        verdict, evidence = look()
        title = Text(en=TITLES[name][0], fr=TITLES[name][1])
        yield Record(
            check=f"erasure-{name}",
            target=stack,
            verdict=verdict,
            title=title,
            evidence=evidence,
            clauses=(),
            fix=None,
        )


def _signed(file: Path, public: Path, environment: str) -> Answer:
    why = certificate.objection(file, public, environment)
    return (Verdict.FAIL, why) if why else (Verdict.PASS, f"signed by {public}")


def _key_gone(keys: Path, stack: str, fingerprint: str) -> Answer:
    file = key.key_file(keys, stack)
    if file.exists():
        return Verdict.FAIL, f"{file} is there"
    if fingerprint.startswith(SEALED) and not (keys / f"{stack}.given").exists():
        return Verdict.UNPROVEN, f"these are not the keys of that environment: none was ever given ({keys})"
    return Verdict.PASS, f"{fingerprint}: no file of it in {keys}"


def _sealed(said: dict[str, Any]) -> Answer:
    found = said.get("objects")
    if not isinstance(found, dict):
        return Verdict.UNPROVEN, "the certificate says nothing of them: it is older than their sealing"
    clear, others = found["in clear"], found["open to"]
    if clear:
        return Verdict.UNPROVEN, f"{len(clear)} were in clear, and are deleted only: {', '.join(clear[:5])}"
    keys = ", ".join(found["keys"]) or "no key"
    if others:
        return (
            Verdict.UNPROVEN,
            f"what was given out also opens with keys of {', '.join(others)}; else {keys}",
        )
    return Verdict.PASS, f"{found['sealed']} objects and older versions, all sealed: {keys}"


def _seen(environment: Environment, said: dict[str, Any]) -> Seen:
    kept = said.get("backups kept, unreadable", [])  # a certificate of before they were known has none
    try:
        cloud = connect(environment)
        left = left_of(cloud, str(said["environment"]), str(said["space"]))
        ids = {one["id"] for one in kept}
        own = {one.id: (one.kind, str(one)) for one in left if not one.is_copy and one.id not in ids}
        for one in still_there(cloud, said["was"]):
            own.setdefault(one["id"], (one["kind"], f"{one['kind']} {one['id']}"))
        copies = still_there(cloud, said["copies of others, unreadable"])
        return Seen([*own.values()], copies, still_there(cloud, kept))
    except SocleError as error:
        return Seen(silence=str(error))
    except Exception as error:
        return Seen(silence=f"the cloud did not answer: {type(error).__name__}: {error}")


def _backups_gone(seen: Seen, said: dict[str, Any]) -> Answer:
    if seen.silence:
        return Verdict.UNPROVEN, seen.silence
    if found := seen.standing(backups=True):
        return Verdict.FAIL, f"{len(found)} are there: {', '.join(found[:5])}"
    if seen.kept:
        return _unreadable(said, seen.kept, "kept by the provider")
    count = sum(one["kind"] in KINDS for one in said["was"])
    return Verdict.PASS, f"{count} were deleted, and none is there"


def _cloud_empty(seen: Seen, said: dict[str, Any]) -> Answer:
    if seen.silence:
        return Verdict.UNPROVEN, seen.silence
    if found := seen.standing(backups=False):
        return Verdict.FAIL, f"{len(found)} are there: {', '.join(found[:5])}"
    if seen.copies:
        return _unreadable(said, seen.copies, "copies that are not the space's")
    return Verdict.PASS, f"none of {len(said['was'])} things is there, and nothing else of its name"


def _unreadable(said: dict[str, Any], things: Sequence[Mapping[str, str]], what: str) -> Answer:
    """Nobody can show here that nobody can read them; that anybody can is plain when no key sealed them."""
    names = ", ".join(f"{one['name']} ({one['id']})" for one in things[:5])
    if not str(said["key"]).startswith(SEALED):
        return Verdict.FAIL, f"{what}, and never sealed with a key of the space's: {names}"
    return Verdict.UNPROVEN, f"{what}, sealed with the destroyed key: {names}"


def _retired(said: dict[str, Any], stack: str) -> Answer:
    zones = load(f"{said['environment']}-platform").zones
    if int(said["number"]) not in zones.spaces.retired:
        return Verdict.FAIL, f"{said['number']} is not in `retired` of stacks/zones.yaml"
    if stack_file(stack).exists():
        return Verdict.FAIL, f"stacks/{stack_file(stack).name} is there"
    return Verdict.PASS, f"{said['number']} is retired"
