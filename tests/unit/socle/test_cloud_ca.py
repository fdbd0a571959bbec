"""Whose certificates the cloud's are verified by: what clouds.yaml names, and nothing else of that file."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud import certs
from localcloud.model import Cloud
from socle.cloud_ca import authorities, main
from socle.errors import UserError


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    made = Cloud("unit", 3, tmp_path)
    certs.ensure(made)
    return made


def named(folder: Path, cacert: str) -> dict[str, str]:
    file = folder / "clouds.yaml"
    file.write_text(f"clouds: {{platform: {{auth: {{secret: geheim}}, {cacert}}}}}\n")
    return {"OS_CLIENT_CONFIG_FILE": str(file), "OS_CLOUD": "platform"}


def test_the_clouds_own_authority(cloud: Cloud, tmp_path: Path) -> None:
    assert authorities(named(tmp_path, f"cacert: {cloud.ca_file}")) == cloud.ca_file.read_text()
    assert authorities({"OS_CACERT": str(cloud.ca_file)}) == cloud.ca_file.read_text()


def test_a_cloud_that_public_authorities_sign_for_has_none(tmp_path: Path) -> None:
    assert authorities(named(tmp_path, "region_name: x")) == ""


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read"), ("geheim", "cannot be read"), ("", "cannot be read")]
)
def test_what_is_no_authority_is_refused_without_being_shown(
    tmp_path: Path, content: str | None, said: str
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UserError, match=said) as refused:
        authorities({"OS_CACERT": str(file)})
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("text", ["clouds: {}", "clouds: [", "- x", "clouds: {platform: 3}"])
def test_a_file_without_the_cloud_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    exported = named(tmp_path, "x: y")
    Path(exported["OS_CLIENT_CONFIG_FILE"]).write_text(f"{text} # geheim")
    with pytest.raises(UserError, match="no cloud platform") as refused:
        authorities(exported)
    assert "geheim" not in str(refused.value)


def test_without_an_environment_it_says_how(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("OS_CACERT", "OS_CLOUD", "OS_CLIENT_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert main() == 2
    assert "run inside `make shell`" in capsys.readouterr().err
