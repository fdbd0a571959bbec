"""The saved state: what is kept, how it comes back, and when it must not be used."""

from pathlib import Path

import pytest

from localcloud import template, venv
from localcloud.model import Cloud


@pytest.fixture(name="cloud")
def _cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    monkeypatch.setenv("SOCLE_CACHE", str(tmp_path / "cache"))
    cloud = Cloud("one", 3, tmp_path / "one")
    cloud.complete_secrets(["nova"])
    for part in ("mysql/nova.ibd", "ovn/nb.db", "done/accounts", "nova/compute_id", "nova/instances/disk"):
        path = cloud.folder("state") / part
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(part)
    return cloud


def test_a_new_cloud_of_the_same_slot_gets_state_and_secrets_but_no_guests(
    cloud: Cloud, tmp_path: Path
) -> None:
    template.save(cloud)
    assert venv.template_file(3).stat().st_mode & 0o777 == 0o600
    other = Cloud("two", 3, tmp_path / "two")
    other.root.mkdir()
    assert template.restore(other)
    assert other.secrets == cloud.secrets
    assert (other.folder("state") / "mysql/nova.ibd").read_text() == "mysql/nova.ibd"
    assert (other.folder("state") / "done/template").exists()
    assert not (other.folder("state") / "nova/instances").exists()


def test_a_cloud_with_state_of_its_own_is_never_overwritten(cloud: Cloud) -> None:
    template.save(cloud)
    (cloud.folder("state") / "mysql/nova.ibd").write_text("newer")
    assert not template.restore(cloud)
    assert (cloud.folder("state") / "mysql/nova.ibd").read_text() == "newer"


def test_another_slot_has_another_template(cloud: Cloud, tmp_path: Path) -> None:
    template.save(cloud)
    assert not template.restore(Cloud("two", 4, tmp_path / "two"))


def test_a_template_that_cannot_be_read_is_given_up_and_the_cloud_starts_from_nothing(
    cloud: Cloud, tmp_path: Path
) -> None:
    template.save(cloud)
    file = venv.template_file(3)
    file.write_bytes(file.read_bytes()[:-40])
    other = Cloud("two", 3, tmp_path / "two")
    other.root.mkdir()
    assert not template.restore(other)
    assert not file.exists()
    assert list(other.root.iterdir()) == []


def test_a_killed_restore_is_done_again(cloud: Cloud, tmp_path: Path) -> None:
    template.save(cloud)
    other = Cloud("two", 3, tmp_path / "two")
    (other.root / "restore.partial/state").mkdir(parents=True)
    (other.root / "restore.partial/state/half").touch()
    assert template.restore(other)
    assert not (other.folder("state") / "half").exists()
