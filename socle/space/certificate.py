"""The certificate of an erasure: what was destroyed here, what only the provider can attest, who signs it.

A JSON file and its signature (`<file>.sig`, OpenSSH's own format) by a key of the environment's: anybody
checks it with `ssh-keygen -Y verify`. Whether its words are true of the world is verify.py's.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from socle import signing
from socle.errors import UserError
from socle.identity import write_private

FORMAT, NAMESPACE = "socle-erasure/1", "socle-erasure"
PROVIDER = (
    {
        "en": "Blocks of the deleted volumes, of their snapshots and backups, and of copies that the "
        "provider makes for itself and lists nowhere: sealed with the destroyed key, so unreadable. That "
        "its storage no longer holds them is the provider's to attest.",
        "fr": "Blocs des volumes supprimés, de leurs instantanés et sauvegardes, et des copies que le "
        "fournisseur fait pour lui-même sans les montrer : scellés par la clé détruite, donc illisibles. "
        "Leur disparition du stockage relève de l'attestation du fournisseur.",
    },
    {
        "en": "Keys with which the provider encrypted the volumes, and its copies of them for backups: "
        "key managers keep deleted rows a while.",
        "fr": "Clés par lesquelles le fournisseur chiffrait les volumes, et leurs copies pour les "
        "sauvegardes : un gestionnaire de clés conserve un temps les lignes supprimées.",
    },
    {
        "en": "Objects of the two containers: deleted with all their versions. What was sealed with the "
        "space's keys is unreadable; that no disk holds what was in clear is the provider's to attest.",
        "fr": "Objets des deux conteneurs : supprimés avec toutes leurs versions. Ce que scellaient les clés "
        "de l'espace est illisible ; qu'aucun disque ne porte plus ce qui était en clair relève de "
        "l'attestation du fournisseur.",
    },
    {
        "en": "Root disks of the deleted servers, encrypted or not as the provider's profile says.",
        "fr": "Disques système des serveurs supprimés, chiffrés ou non selon le profil du fournisseur.",
    },
)


def signer(authorities: Path, environment: str) -> Path:
    """The public half of the key that signs, made when there is none; the private half may be an agent's."""
    return signing.signer(authorities / "erasures", f"erasures of {environment}")


def write(file: Path, said: dict[str, Any], public: Path) -> None:
    """Write the certificate and sign it."""
    write_private(
        file, (json.dumps({"format": FORMAT, **said}, indent=2, ensure_ascii=False) + "\n").encode()
    )
    signing.sign(file, public, NAMESPACE)


def read(file: Path) -> dict[str, Any]:
    """What a certificate says; UserError when the file is none."""
    try:
        said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ValueError(said["format"])
        for key in ("space", "environment", "key", "was", "copies of others, unreadable", "erased"):
            said[key]
    except FileNotFoundError:
        raise UserError("no such file", str(file), "name a certificate: see `socle space erase`") from None
    except (ValueError, KeyError, TypeError, OSError):
        raise UserError("not a certificate of an erasure", str(file), "name the .json file") from None
    return said


def objection(file: Path, public: Path, environment: str) -> str:
    """Why the signature does not hold; empty when it does."""
    return signing.objection(file, public, f"erasures@{environment}", NAMESPACE)
