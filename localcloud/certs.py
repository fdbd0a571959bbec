"""The cloud's own certificate authority and the certificate of its endpoints."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from localcloud.model import ENDPOINT_NAME, SERVICE_ADDRESS, Cloud, write_private

DAYS = 825


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def _serves(bundle: bytes) -> bool:
    """Whether the certificate bears the name by which guests know the endpoints."""
    names = x509.load_pem_x509_certificate(bundle).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return ENDPOINT_NAME in names.value.get_values_for_type(x509.DNSName)


def ensure(cloud: Cloud) -> None:
    """Make authority and endpoint certificate once; renew them when less than a month is left.

    The authority's key signs one certificate and is then forgotten: nothing else can be signed with it.
    """
    bundle, ca_file = cloud.folder("tls") / "endpoint.pem", cloud.ca_file
    now = datetime.datetime.now(datetime.UTC)
    if bundle.exists() and ca_file.exists():
        left = x509.load_pem_x509_certificate(ca_file.read_bytes()).not_valid_after_utc - now
        if left > datetime.timedelta(days=30) and _serves(bundle.read_bytes()):
            return
    begin, end = now - datetime.timedelta(hours=1), now + datetime.timedelta(days=DAYS)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name(f"local cloud {cloud.name}")
    usage = {
        "content_commitment": False,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    authority = (
        x509.CertificateBuilder(issuer, issuer, ca_key.public_key(), x509.random_serial_number(), begin, end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=False, key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    addresses = [ipaddress.ip_address(one) for one in (cloud.public_address, SERVICE_ADDRESS)]
    names = [*map(x509.IPAddress, addresses), x509.DNSName(ENDPOINT_NAME)]
    endpoint = (
        x509.CertificateBuilder(
            issuer, _name(cloud.public_address), key.public_key(), x509.random_serial_number(), begin, end
        )
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, key_cert_sign=False, crl_sign=False, **usage), critical=True
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    write_private(ca_file, authority.public_bytes(pem).decode())
    write_private(bundle, endpoint.public_bytes(pem).decode() + _pem(key))
