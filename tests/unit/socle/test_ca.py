"""The authority of the logs: what it signs, what it refuses, and that its key goes nowhere."""

from __future__ import annotations

import io
import stat
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from socle import ca
from socle.certificates import AUTHORITY_LIFETIME
from socle.errors import UserError

HOST = {
    "name": "local-services",
    "dns": "services.services.local.internal",
    "address": IPv4Address("10.16.2.10"),
}
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def request(name: str = "local-services", key: Key | None = None) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    # What a host asks for beside its key must not come back in the certificate.
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return made.public_bytes(form.Encoding.PEM)


def signed(at: Path, **changed: Any) -> x509.Certificate:
    return x509.load_pem_x509_certificate(ca.sign(request(), at=at, **{**HOST, **changed}))


def test_a_certificate_names_its_host_alone(tmp_path: Path) -> None:
    certificate = signed(tmp_path)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOST["dns"]]
    assert names.get_values_for_type(x509.IPAddress) == [HOST["address"]]
    assert certificate.subject.rfc4514_string() == "CN=local-services"
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_certificate_lives_90_days(tmp_path: Path) -> None:
    left = signed(tmp_path).not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=89, hours=23) < left <= timedelta(days=90)


def test_only_the_collector_is_accepted_as_server(tmp_path: Path) -> None:
    usages = []
    for collector in (False, True):
        value = signed(tmp_path, collector=collector).extensions.get_extension_for_class(
            x509.ExtendedKeyUsage
        )
        usages.append(ExtendedKeyUsageOID.SERVER_AUTH in value.value)
    assert usages == [False, True]


def test_the_chain_verifies_and_another_authority_does_not(tmp_path: Path) -> None:
    certificate = signed(tmp_path / "ours", collector=True)
    for folder, holds in (("ours", True), ("theirs", False)):
        issuer = ca.authority(tmp_path / folder, "local")[1]
        builder = verification.PolicyBuilder().store(verification.Store([issuer]))
        verifier = builder.build_server_verifier(x509.DNSName(str(HOST["dns"])))
        if holds:
            assert verifier.verify(certificate, [])
        else:
            with pytest.raises(verification.VerificationError):
                verifier.verify(certificate, [])


def test_the_authority_is_confined_to_its_environment(tmp_path: Path) -> None:
    issuer = ca.authority(tmp_path, "local")[1]
    constraints = issuer.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert x509.DNSName("local.internal") in (constraints.value.permitted_subtrees or [])
    assert issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "local-bastion"}, "another host"),
        ({"name": "services"}, "another host"),
        ({"dns": "services.services.production.internal"}, "not below"),
        ({"dns": "local.internal"}, "not below"),
        ({"dns": "*.local.internal"}, "not below"),
        ({"address": IPv4Address("198.51.100.7")}, "private"),
    ],
)
def test_names_outside_are_refused(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        signed(tmp_path, **changed)


@pytest.mark.parametrize("name", ["../../etc/passwd", "local-services/..", "local-Services", "services", ""])
def test_a_name_that_is_no_servers_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises((UserError, ValueError)):
        ca.sign(request(name), at=tmp_path, **{**HOST, "name": name})


def test_weak_keys_and_broken_requests_are_refused(tmp_path: Path) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good = request()
    for broken in (request(key=weak), b"", b"-----BEGIN X-----", good[:-60]):
        with pytest.raises(UserError):
            ca.sign(broken, at=tmp_path, **HOST)


def test_another_environments_authority_is_refused(tmp_path: Path) -> None:
    ca.authority(tmp_path, "production")
    with pytest.raises(UserError, match="authority of local"):
        signed(tmp_path)


def test_half_an_authority_is_not_replaced(tmp_path: Path) -> None:
    ca.authority(tmp_path, "local")
    kept = (tmp_path / "logs.crt").read_bytes()
    (tmp_path / "logs.key").unlink()
    with pytest.raises(UserError, match="missing"):
        signed(tmp_path)
    assert (tmp_path / "logs.crt").read_bytes() == kept


def test_an_authority_near_its_end_signs_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="ends on"):
        signed(tmp_path, now=datetime.now(UTC) + AUTHORITY_LIFETIME - timedelta(days=60))


def test_the_key_is_the_owners_alone_and_is_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOCLE_SSH_DIR", str(tmp_path / "ssh"))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(request())))
    words = ["sign", "--name", "local-services", "--dns", str(HOST["dns"]), "--address", "10.16.2.10"]
    assert ca.main(words) == 0
    assert ca.main(["show", "--environment", "local"]) == 0
    out = capsys.readouterr()
    assert out.out.count("BEGIN CERTIFICATE") == 2
    assert "PRIVATE" not in out.out + out.err
    key = tmp_path / "ca/logs.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700


def test_usage_errors_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SOCLE_SSH_DIR", raising=False)
    assert ca.main(["show", "--environment", "local"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_gateways_authority_is_another_and_signs_servers_alone(tmp_path: Path) -> None:
    logs, gateway = ca.authority(tmp_path, "local")[1], ca.authority(tmp_path, "local", "gateway")[1]
    assert (logs.subject, gateway.subject) == (logs.issuer, gateway.issuer)
    assert logs.subject != gateway.subject
    made = signed(tmp_path, purpose="gateway")
    usage = made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]
    made.verify_directly_issued_by(gateway)
    with pytest.raises(ValueError, match="does not match"):
        made.verify_directly_issued_by(logs)
    with pytest.raises(UserError, match="not the gateway authority of other"):
        ca.authority(tmp_path, "other", "gateway")
