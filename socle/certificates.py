"""What certificates are made of: names, uses, and an authority's own. Whose they are is ca.py's business."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

AUTHORITY_LIFETIME = timedelta(days=5 * 365)
BACKDATED = timedelta(hours=1)
"""A host whose clock is a little behind must still find its certificate valid."""
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def self_signed(key: ec.EllipticCurvePrivateKey, title: str, environment: str) -> x509.Certificate:
    """An authority's certificate: of `title`, for hosts of one environment and private addresses alone."""
    now = datetime.now(UTC)
    subject = name_of(title)
    # Stolen, the key can still name no host of another environment, and make no authority below itself.
    permitted = [x509.DNSName(f"{environment}.internal"), *map(x509.IPAddress, PRIVATE)]
    return (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(authority=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, excluded_subtrees=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def key_usage(*, authority: bool) -> x509.KeyUsage:
    """What a key may be used for: an authority's signs certificates, another's signs handshakes."""
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def name_of(common_name: str) -> x509.Name:
    """A subject that says this and nothing else."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def common_name(subject: x509.Name) -> str:
    """What the subject says; empty when it says several, or none."""
    found = [str(attribute.value) for attribute in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return found[0] if len(found) == 1 else ""
