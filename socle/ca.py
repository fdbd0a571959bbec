"""`python -m socle.ca`: the certificate authorities of an environment, kept on the controller.

One for the logs, one for the object gateway: a certificate of the one is nothing to who trusts the other.
`sign` answers a host's request, whose key never left the host; `show` prints an authority's certificate.
They lie in `$SOCLE_SSH_DIR/../ca`, outside Pulumi's state and the repository; no key is ever printed.
Who asks, and where certificates go, is the business of roles/log_client and roles/object_gateway.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal, get_args

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from socle.certificates import BACKDATED, PRIVATE, common_name, key_usage, name_of, self_signed
from socle.errors import UserError
from socle.identity import make_folder, write_private
from socle.pipes import answered

LIFETIME = timedelta(days=90)
"""Of a host's certificate; roles/log_client renews it when fewer than 30 days remain."""
NAME = r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"

Purpose = Literal["logs", "gateway"]
"""What an authority's certificates are for, and the name of its files."""

Authority = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def folder() -> Path:
    """Where the authority lies; UserError when the environment does not say."""
    ssh = os.environ.get("SOCLE_SSH_DIR")
    if not ssh:
        raise UserError("SOCLE_SSH_DIR is not set", fix="run inside `make shell`")
    return beside(Path(ssh))


def beside(ssh: Path) -> Path:
    """Where the authorities of an environment lie, whose SSH keys are in `ssh`."""
    return ssh.parent / "ca"


def authority(at: Path, environment: str, purpose: Purpose = "logs") -> Authority:
    """The authority's key and certificate, made when both are missing.

    Raises UserError when one is missing, when they do not belong together, or when they are another
    environment's.
    """
    make_folder(at)
    key_file, certificate_file = at / f"{purpose}.key", at / f"{purpose}.crt"
    # Ansible asks for several hosts at once: one of them makes the authority, the others wait for it.
    with (at / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not key_file.exists() and not certificate_file.exists():
            made = ec.generate_private_key(ec.SECP256R1())
            private = made.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
            public = self_signed(made, _title(environment, purpose), environment).public_bytes(
                form.Encoding.PEM
            )
            write_private(certificate_file, public, 0o644)
            write_private(key_file, private)
    fix = f"restore {at}, or remove it: every host then needs a certificate of a new authority"
    try:
        key = form.load_pem_private_key(key_file.read_bytes(), password=None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except FileNotFoundError as error:
        raise UserError(f"half of the {purpose} authority is missing", str(error.filename), fix) from None
    except ValueError:
        raise UserError(f"the {purpose} authority cannot be read", str(at), fix) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise UserError("key and certificate do not belong together", str(at), fix)
    if common_name(certificate.subject) != _title(environment, purpose):
        raise UserError(f"not the {purpose} authority of {environment}", str(at), "name its own environment")
    return key, certificate


def sign(
    request: bytes,
    *,
    at: Path,
    name: str,
    dns: str,
    address: IPv4Address,
    collector: bool = False,
    purpose: Purpose = "logs",
    now: datetime | None = None,
) -> bytes:
    """The PEM certificate for a PEM request: `name` is its subject, `dns` and `address` its other names.

    The request gives its public key and nothing else. Clients of the logs accept a certificate as the
    server's only when `collector` was true; one for the gateway serves, and is no client's. Raises UserError
    when the request is not that host's, its key is weak or a name is outside the environment, and when the
    authority would end before the certificate.
    """
    now = now or datetime.now(UTC)
    public_key = _requested_key(request, name)
    environment = _environment(name, dns)
    if not any(address in block for block in PRIVATE):
        raise UserError(f"{address} is no private address", "--address", "name the host's own address")
    key, issuer = authority(at, environment, purpose)
    if issuer.not_valid_after_utc < now + LIFETIME:
        raise UserError(
            f"the {purpose} authority ends on {issuer.not_valid_after_utc:%Y-%m-%d}, "
            "before the certificate would",
            str(at),
            "remove the folder and converge every host: each gets a certificate of a new authority",
        )
    usages = [] if purpose == "gateway" else [ExtendedKeyUsageOID.CLIENT_AUTH]
    usages += [ExtendedKeyUsageOID.SERVER_AUTH] if collector or purpose == "gateway" else []
    certificate = (
        x509.CertificateBuilder(issuer.subject, name_of(name), public_key, x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(dns), x509.IPAddress(address)]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(form.Encoding.PEM)


def _requested_key(request: bytes, name: str) -> ec.EllipticCurvePublicKey:
    fix = "let the role make the request on the host"
    try:
        asked = x509.load_pem_x509_csr(request)
        key = asked.public_key()
    except (ValueError, TypeError):
        raise UserError("not a certificate request in PEM", "standard input", fix) from None
    if not asked.is_signature_valid:
        raise UserError("the request is not signed by its own key", "standard input", fix)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise UserError("the request's key is not one on the curve P-256", "standard input", fix)
    if common_name(asked.subject) != name:
        raise UserError(f"the request is for another host than {name}", "standard input", fix)
    return key


def _environment(name: str, dns: str) -> str:
    """The environment that both names are of: `<env>-…` and `….<env>.internal`."""
    environment = name.partition("-")[0]
    if not re.fullmatch(rf"[a-z][a-z0-9]{{1,14}}-{NAME}", name):
        raise UserError(f"{name!r} is no server's name", "--name", "say <environment>-<host>")
    if not re.fullmatch(rf"(?:{NAME}\.)+{environment}\.internal", dns):
        raise UserError(f"{dns!r} is not below {environment}.internal", "--dns", "name the host's own name")
    return environment


def _title(environment: str, purpose: Purpose) -> str:
    return f"{purpose.capitalize()} of {environment}"


def main(arguments: list[str] | None = None) -> int:
    """Print a certificate in PEM; 0 or 2."""
    parser = argparse.ArgumentParser(prog="python -m socle.ca", description="The authorities of hosts.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    show = verbs.add_parser("show", help="the authority's certificate; made when there is none")
    show.add_argument("--environment", required=True)
    signing = verbs.add_parser("sign", help="a certificate for the request on standard input")
    signing.add_argument("--name", required=True, help="the server's name, as the request says it")
    signing.add_argument("--dns", required=True, help="its name in the environment's domain")
    signing.add_argument("--address", required=True, type=IPv4Address)
    signing.add_argument("--collector", action="store_true", help="for the host that collects")
    for verb in (show, signing):
        verb.add_argument("--for", dest="purpose", choices=get_args(Purpose), default="logs")
    asked = parser.parse_args(arguments)

    def made() -> str:
        if asked.verb == "show":
            certificate = authority(folder(), asked.environment, asked.purpose)[1]
            return certificate.public_bytes(form.Encoding.PEM).decode()
        request = sys.stdin.buffer.read()
        names = {key: getattr(asked, key) for key in ("name", "dns", "address", "collector", "purpose")}
        return sign(request, at=folder(), **names).decode()

    return answered(made)


if __name__ == "__main__":
    sys.exit(main())
