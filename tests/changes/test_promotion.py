"""One commit, to staging and then to production: proposed, approved by another, done exactly so."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.changes.desk import SECRETS, Desk, git
from tests.state.conftest import Serving, serving

__all__ = ["serving"]  # the trial server, for this file as for those of the state


@pytest.fixture(scope="session")
def production(office: Path, staging: Desk, serving: Serving) -> Desk:
    """New, and at a provider: cloud, state (in PostgreSQL), keys are where a person exported them to be."""
    place = office / "production"
    (place / "ssh").mkdir(parents=True)
    clouds = {
        name: {"auth": {"auth_url": f"https://{name}.example.org:5000", "password": SECRETS[0]}}
        for name in ("production", "elsewhere")
    }
    (place / "clouds.yaml").write_text(yaml.safe_dump({"clouds": clouds}))
    (place / "passphrase").write_text("of-these-tests-alone-71d0\n")
    shutil.copytree(staging.home / "pulumi", place / "pulumi", symlinks=True)
    exported = {
        "OS_CLIENT_CONFIG_FILE": str(place / "clouds.yaml"),
        "OS_CLOUD": "production",
        "PULUMI_HOME": str(place / "pulumi"),
        "PULUMI_BACKEND_URL": f"{serving.url}&table=production",
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(place / "passphrase"),
        "SOCLE_SSH_DIR": str(place / "ssh"),
    }
    desk = Desk("production", office / "checkout", office, office / "keys", exported)
    desk.open("anna", "bert")
    desk.configure(cloud=str(desk.cloud), names="one", token=SECRETS[0])
    git(desk.checkout, "commit", "-q", "-a", "-m", "Configure production")
    return desk


def test_from_staging_to_production(staging: Desk, production: Desk) -> None:
    program = staging.checkout / "program/__main__.py"
    program.write_text(program.read_text().replace('SIZE = "1"', 'SIZE = "5"'))
    staging.configure(size="")
    assert "changes that are in no commit" in staging.propose(ends=3)
    git(staging.checkout, "commit", "-q", "-a", "-m", "Make files larger")
    first = staging.propose()
    assert "not applied" in production.propose("--after", str(staging.at(first)), ends=3)
    assert 'size becomes "5"' in staging.approve(first)
    staging.apply(first)
    assert {it["size"] for it in staging.made().values()} == {"5"}
    # The same for production, which another checkout, another cloud and another backend would be refused.
    second = production.propose("--after", str(staging.at(first)))
    assert f"follows:  {first}, applied " in production.socle("change", "show", second)
    assert "not approved yet" in production.apply(second, ends=3)
    production.approve(second)
    production.exported["OS_CLOUD"] = "elsewhere"
    assert "the cloud meant: auth_url is https://elsewhere" in production.apply(second, ends=3)
    production.exported["OS_CLOUD"] = "production"
    assert "done as anna proposed and bert approved" in production.apply(second)
    assert {it["size"] for it in production.made().values()} == {"5"}
    assert f"{second}  anna" in production.socle("change", "list")
    # Used once, whatever becomes of the marks in its folder.
    assert "a plan is used once" in staging.apply(first, ends=3)
    for mark in ("applied", "begun"):
        (staging.at(first) / f"{mark}.json").unlink()
    assert "the stack's state (1 updates since)" in staging.apply(first, ends=3)
    (staging.at(first) / "applied.json").write_text(f'{{"at": "{datetime.now(UTC).isoformat()}"}}')
    places = _everywhere(staging, production)
    assert "8 pass" in production.socle("state", "scan", *places, fed="\n".join(SECRETS))
    production.socle("state", "scan", *places, fed="socle-files:index:File", ends=3)
    (program.parent / "another").touch()
    git(staging.checkout, "add", "--all")
    git(staging.checkout, "commit", "-q", "-m", "Something else")
    assert "another tree than this one" in production.propose("--after", str(staging.at(first)), ends=3)


def _everywhere(*desks: Desk) -> list[str]:
    """What the verbs and pulumi wrote, but the cloud and the file of its password."""
    places = [desk.home / name for desk in desks for name in ("changes", "log")]
    return [word for place in places for word in ("--file", str(place))]
