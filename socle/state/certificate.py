"""The trial server's authority and certificate: made anew at each start, so neither outlives its use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from socle.certificates import BACKDATED, key_usage
from socle.identity import write_private

LIFETIME = timedelta(days=30)


def write(folder: Path, address: IPv4Address) -> None:
    """Write `ca.pem`, `server.pem` and `server.key`. The authority's key is never stored."""
    now = datetime.now(UTC)
    authority_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = (
        _builder(
            "Socle trial state authority", "Socle trial state authority", authority_key.public_key(), now
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(authority=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        _builder("Socle trial state authority", "Socle trial state", server_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        # The address alone: a client that asks for any other name must be refused.
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    private = server_key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    write_private(folder / "server.key", private)
    write_private(folder / "server.pem", server.public_bytes(form.Encoding.PEM), 0o644)
    write_private(folder / "ca.pem", authority.public_bytes(form.Encoding.PEM), 0o644)


def _builder(
    issuer: str, subject: str, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (issuer, subject)]
    return (
        x509.CertificateBuilder(names[0], names[1], key, x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFETIME)
    )
