"""A certificate for the fault proxy's address, from an authority of its own.

The embedded cloud forgets its authority's key once the endpoints are signed, on purpose, so nothing else
can speak for it; whoever goes through the proxy trusts the proxy's authority instead.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from socle.certificates import key_usage

LIFE = datetime.timedelta(days=2)


def write_private(path: Path, content: bytes) -> Path:
    """Write a file that only its owner reads, in place of what was there."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    return path


def make(folder: Path, address: str) -> tuple[Path, Path]:
    """Make both for an IP address; returns the authority's file and the server's, key included."""
    now = datetime.datetime.now(datetime.UTC)
    span = now - datetime.timedelta(hours=1), now + LIFE
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"fault proxy on {address}")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    authority = (
        x509.CertificateBuilder(issuer, issuer, ca_key.public_key(), x509.random_serial_number(), *span)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(authority=True), critical=True)
        .add_extension(ca_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    server = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number(), *span)
        .add_extension(name, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return (
        write_private(folder / "ca.pem", authority.public_bytes(pem)),
        write_private(folder / "server.pem", server.public_bytes(pem) + secret),
    )
