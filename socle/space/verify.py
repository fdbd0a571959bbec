"""Whether a certificate of an erasure holds: its signature, and what of its words can be looked at here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    "cloud": ("The cloud holds nothing of the space", "Le nuage ne contient plus rien de l'espace"),
    "number": ("Nobody can get the space's number again", "Personne ne peut recevoir à nouveau son numéro"),
    "provider": ("The provider attests the rest", "Le fournisseur atteste le reste"),
}
Answer = tuple[Verdict, str]


def verify(environment: Environment, file: Path) -> RecordSet:
    """One record for each thing that a certificate says. UserError when the file is no certificate.

    What only the provider can attest is unproven here, always.
    """
    said = certificate.read(file)
    return RecordSet.of(_records(environment, file, said))


def _records(environment: Environment, file: Path, said: dict[str, Any]) -> Iterator[Record]:
    stack = f"{said['environment']}-space-{said['space']}"
    public = ca.beside(environment.ssh_dir) / "erasures/key.pub"
    looks: dict[str, Callable[[], Answer]] = {
        "signature": lambda: _signed(file, public, str(said["environment"])),
        "key": lambda: _key_gone(key.folder(environment.ssh_dir), stack, str(said["key"])),
        "objects": lambda: _sealed(said),
        "cloud": lambda: _cloud_empty(environment, said),
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
    if fingerprint.startswith("sha256:") and not (keys / f"{stack}.given").exists():
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


def _cloud_empty(environment: Environment, said: dict[str, Any]) -> Answer:
    try:
        cloud = connect(environment)
        left = left_of(cloud, str(said["environment"]), str(said["space"]))
        found = [str(one) for one in left] + [one["id"] for one in still_there(cloud, said["was"])]
        copies = still_there(cloud, said["copies of others, unreadable"])
    except SocleError as error:
        return Verdict.UNPROVEN, str(error)
    except Exception as error:
        return Verdict.UNPROVEN, f"the cloud did not answer: {type(error).__name__}: {error}"
    if found:
        return Verdict.FAIL, f"{len(found)} are there: {', '.join(found[:5])}"
    if copies:
        names = ", ".join(f"{one['name']} ({one['id']})" for one in copies[:5])
        return Verdict.UNPROVEN, f"copies that are not the space's, sealed with the destroyed key: {names}"
    return Verdict.PASS, f"none of {len(said['was'])} things is there, and nothing else of its name"


def _retired(said: dict[str, Any], stack: str) -> Answer:
    zones = load(f"{said['environment']}-platform").zones
    if int(said["number"]) not in zones.spaces.retired:
        return Verdict.FAIL, f"{said['number']} is not in `retired` of stacks/zones.yaml"
    if stack_file(stack).exists():
        return Verdict.FAIL, f"stacks/{stack_file(stack).name} is there"
    return Verdict.PASS, f"{said['number']} is retired"
