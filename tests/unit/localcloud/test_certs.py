"""The endpoints' certificate: the names in it, and when it is made anew."""

from pathlib import Path

import pytest
from cryptography import x509

from localcloud import certs
from localcloud.model import ENDPOINT_NAME, Cloud


def names(cloud: Cloud) -> x509.SubjectAlternativeName:
    made = x509.load_pem_x509_certificate((cloud.folder("tls") / "endpoint.pem").read_bytes())
    return made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_it_bears_both_addresses_and_the_name_that_guests_check(tmp_path: Path) -> None:
    cloud = Cloud("unit", 3, tmp_path)
    certs.ensure(cloud)
    assert [str(one) for one in names(cloud).get_values_for_type(x509.IPAddress)] == [
        "127.77.3.1",
        "198.18.255.1",
    ]
    assert names(cloud).get_values_for_type(x509.DNSName) == [ENDPOINT_NAME]


def test_it_stays_unless_it_lacks_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cloud = Cloud("unit", 3, tmp_path)
    with monkeypatch.context() as older:
        older.setattr(certs, "ENDPOINT_NAME", "older.localcloud.internal")
        certs.ensure(cloud)
    before = cloud.ca_file.read_bytes()
    certs.ensure(cloud)
    after = cloud.ca_file.read_bytes()
    assert after != before
    certs.ensure(cloud)
    assert cloud.ca_file.read_bytes() == after
