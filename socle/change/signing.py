"""Signatures of people by `ssh-keygen -Y`, with the hours-long certificates of `socle admin sign`.

A certificate costs a one-time code and names its login, so a signature says who, with a second factor, in
these hours. It holds while the certificate does, and not when that was revoked.
"""

from __future__ import annotations

import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from infra.stackfile import layer_of, read_stack
from socle import ca
from socle.admin import authority, people
from socle.admin.store import Store, run_keygen
from socle.change.record import signature
from socle.env import Environment
from socle.errors import FindingError, UnprovenError, UserError

PROPOSAL, APPROVAL = "socle-change-proposal", "socle-change-approval"
"""What a signature is for; one for the other counts for nothing."""


def sign(file: Path, key: Path, purpose: str) -> None:
    """Sign a file with a private key's certificate, which lies beside it; an agent may hold the key."""
    certificate = key.with_name(key.name.removesuffix(".pub") + "-cert.pub")
    if not certificate.exists():
        raise UserError(
            "there is no certificate beside the key", str(certificate), "socle admin sign LOGIN --key KEY.pub"
        )
    signature(file).unlink(missing_ok=True)
    run_keygen(["-Y", "sign", "-f", str(certificate), "-n", purpose, str(file)], file.parent)


def verify(
    environment: Environment, file: Path, login: str, *, purpose: str, at: datetime | None = None
) -> None:
    """FindingError unless `login` signed the file for this; UnprovenError when that cannot be judged here.

    The certificate has to hold now, or at a moment that the signed file itself names.
    """
    store = Store.among(ca.beside(environment.ssh_dir), environment.name)
    if store.journal.exists():
        with store.locked():
            authority.published(store)  # the list of revoked certificates follows from the journal
    for needed in (store.public, store.revoked):
        if not needed.exists():
            fix = "copy it from where `socle admin` runs"
            raise UnprovenError("signatures cannot be judged without this file", str(needed), fix)
    line = " ".join(store.public.read_text(encoding="utf-8").split()[:2])
    who = authority.principal(login)
    if not signature(file).exists():
        raise FindingError("not signed", file.name, "propose again")
    with tempfile.TemporaryDirectory(prefix="socle-change-") as folder:
        allowed = Path(folder) / "allowed"
        allowed.write_text(f'{who} cert-authority,namespaces="{purpose}" {line}\n', encoding="utf-8")
        argv = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", who, "-n", purpose]
        argv += ["-s", str(signature(file))]
        argv += [f"-Overify-time={at.astimezone(UTC):%Y%m%d%H%M%SZ}"] if at else []
        why = _objection(argv, file)
        # ssh-keygen says nothing of it when a key is revoked.
        if not why and _objection([*argv, "-r", str(store.revoked)], file):
            why = "the certificate was revoked"
    if why:
        raise FindingError(f"the signature of {login} does not hold: {why}", file.name)


def may_approve(environment: Environment, login: str, stack: str) -> None:
    """FindingError unless the table lets this person approve changes of such a stack today."""
    layer = layer_of(read_stack(stack))
    try:
        person = people.standing(environment, login)
    except UserError as error:
        raise FindingError(error.what, error.where, error.fix) from None
    if layer not in person.approves:
        where = "stacks/administrators.yaml"
        raise FindingError(f"{login} may not approve changes of the {layer} layer", where, "ask who may")


def _objection(argv: list[str], file: Path) -> str:
    """The reason that ssh-keygen gives, in fewer words; empty when it has none."""
    done = subprocess.run(argv, input=file.read_bytes(), capture_output=True, check=False)
    if done.returncode == 0:
        return ""
    text = done.stderr.decode(errors="replace").strip()
    for sign_, reason in (
        ("expired", "the certificate has ended, sign again"),
        ("not a listed principal", "it is somebody else's"),
        ("incorrect signature", "what was signed was changed"),
        ("namespace", "it was given for something else"),
    ):
        if sign_ in text:
            return reason
    return (text.splitlines() or ["ssh-keygen gave no reason"])[-1]
