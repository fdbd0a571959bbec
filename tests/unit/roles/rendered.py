"""Templates of roles as Ansible renders them, from the committed catalogue; runs no Ansible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import yaml

ROOT = Path(__file__).resolve().parents[3]


def controls(*conditions: str) -> list[dict[str, Any]]:
    """The catalogue's entries that hold under these conditions, as files say them."""
    catalogue = yaml.safe_load((ROOT / "controls/hardening.yaml").read_text())["controls"]
    return [c for c in catalogue if c["applies_when"] in ("always", *conditions)]


def of_kind(listed: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [c for c in listed if c["kind"] in kinds]


def render(role: str, name: str, **variables: Any) -> str:
    """A template of a role; a variable that is not given is an error, as in Ansible."""
    environment = jinja2.Environment(
        trim_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - configuration files, as Ansible does
    )
    return environment.from_string((ROOT / "roles" / role / "templates" / name).read_text()).render(variables)


def sshd_files(
    people: list[str], jumpers: list[str], targets: list[str], recorder: str = "/usr/lib/socle/record"
) -> dict[str, str]:
    """What a bastion's /etc/ssh/sshd_config.d holds once baseline, bastion and people have converged."""
    found = controls("bastion", *(["people"] if people else []))
    settings = [c for c in of_kind(found, "sshd") if "jump" in c["parameters"].get("accounts", {})]
    shared = {"ansible_user": "automation", "socle_jump_account": "jump"}
    texts = {
        "04-socle-bastion.conf": render(
            "bastion",
            "sshd.conf.j2",
            **shared,
            bastion_keys="/etc/ssh/socle/jump.keys",
            bastion_settings=settings,
            bastion_jump=of_kind(found, "jump")[0],
            bastion_targets=targets,
        ),
        "05-socle.conf": render(
            "baseline",
            "sshd.conf.j2",
            baseline_sshd=of_kind(found, "sshd"),
            baseline_accounts=of_kind(found, "sshd_accounts")[0],
            baseline_banner=of_kind(found, "banner")[0]["parameters"],
            socle_accounts=["automation", "jump", *people],
        ),
        "06-socle-people.conf": render(
            "people",
            "sshd.conf.j2",
            **shared,
            people_logins=people,
            people_jumpers=jumpers,
            people_login=of_kind(found, "people_login", "recorded"),
            people_folder="/etc/ssh/socle",
        ),
    }
    return {name: text.replace("/usr/lib/socle/record", recorder) for name, text in texts.items()}
