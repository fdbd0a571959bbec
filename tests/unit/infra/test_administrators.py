"""stacks/administrators.yaml: what it may say, and who follows from it on which host."""

from datetime import timedelta
from pathlib import Path

import pytest

from infra import hosts
from infra.administrators import TABLE, administrators, jumpers, people_of
from infra.facts import FactError
from infra.specification import load

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJWJvV0Mx0cS1VyMYpLSJvtgIFsCI0cbZmVCnLvNuFaF"
WEAK = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB"
# what is there, what comes instead, what is said
BAD = [
    ("login: sample", "login: root", "root is no person's account; choose another login"),
    ("login: sample", "login: Sam.Ple", "login: 'Sam.Ple' does not match"),
    ("expiry: 2027-10-31", "expiry: 2027-11-02", "expiry must follow granted by at most 365 days"),
    ("expiry: 2027-10-31", "expiry: 2026-11-01", "expiry must follow granted by at most 365 days"),
    ("expiry: 2027-10-31", "expiry: soon", "expiry: 'soon' will not do"),
    ("approver: security-officer", "approver: platform-team", "platform-team cannot also approve"),
    ("approver: security-officer", "approver: sample", "sample cannot also approve"),
    ("reaches: [bastion]", "reaches: [bastoin]", "role bastoin is unknown; choose airlock"),
    ("reaches: [bastion]", "reaches: [bastion, bastion]", "role bastion is given twice"),
    ("[platform, data]", "[data, data]", "layer data is given twice"),
    ("[platform, data]", "[platform, dta]", "approves.1: 'dta' will not do"),
    ("[local, full]", "[local, moon]", "environment moon has no stacks/Pulumi.moon-platform.yaml"),
    ("owner: platform", f"keys: [{WEAK}]\n    owner: platform", "not a strong OpenSSH public key"),
    ("owner: platform", f"keys: [{KEY}, {KEY} x]\n    owner: platform", "is given twice"),
    ("owner: platform", "ownr: platform", "unknown key 'administrators.0.ownr'"),
    ("name: Sample Administrator", "name: 'a:b,c'", "does not match"),
]


@pytest.mark.parametrize(("there", "instead", "said"), BAD, ids=[case[1][:24] for case in BAD])
def test_a_wrong_line_is_named(tree: Path, there: str, instead: str, said: str) -> None:
    path = tree / TABLE
    text = path.read_text()
    assert there in text
    path.write_text(text.replace(there, instead, 1))
    with pytest.raises(FactError) as error:
        administrators(load("local-platform", root=tree), tree)
    assert str(error.value).startswith(f"{TABLE}:")
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


def test_where_data_is_protected_keys_are_written_down(tree: Path) -> None:
    stack = tree / "stacks/Pulumi.local-platform.yaml"
    stack.write_text(stack.read_text().replace("protect: false", "protect: true"))
    base = load("local-platform", root=tree)
    with pytest.raises(FactError, match="sample: local protects data, so their keys must be written here"):
        administrators(base, tree)
    path = tree / TABLE
    path.write_text(path.read_text().replace("owner: plat", f"keys: [{KEY} a comment]\n    owner: plat"))
    assert administrators(base, tree)[0].keys == (KEY,)


def test_a_key_on_a_hardware_token_is_a_key(tree: Path) -> None:
    path = tree / TABLE
    token = KEY.replace("ssh-ed25519 ", "sk-ssh-ed25519@openssh.com ")
    path.write_text(path.read_text().replace("owner: plat", f'keys: ["{token}"]\n    owner: plat'))
    assert administrators(load("local-platform", root=tree), tree)[0].keys == (token,)


def test_an_account_lives_as_long_as_its_grant(tree: Path) -> None:
    found = administrators(load("local-platform", root=tree), tree)
    first, last = found[0].granted, found[0].expiry
    for day, there in ((first - timedelta(1), 0), (first, 1), (last, 1), (last + timedelta(1), 0)):
        assert len(people_of(found, ("bastion",), day)) == there
    assert people_of(found, ("time",), first) == []


def test_only_who_reaches_beyond_bastions_may_jump(tree: Path) -> None:
    path = tree / TABLE
    base = load("local-platform", root=tree)
    found = administrators(base, tree)
    assert jumpers(found, found[0].granted) == []
    path.write_text(path.read_text().replace("reaches: [bastion]", "reaches: [bastion, time]"))
    found = administrators(base, tree)
    assert jumpers(found, found[0].granted) == ["sample"]
    assert jumpers(found, found[0].expiry + timedelta(1)) == []


def test_somebody_of_another_environment_is_nobody_here(tree: Path) -> None:
    path = tree / TABLE
    path.write_text(path.read_text().replace("[local, full]", "[full]"))
    assert administrators(load("local-platform", root=tree), tree) == ()


def test_a_bastion_is_told_the_declared_hosts_behind_it_and_no_others() -> None:
    facts = hosts.facts("local-platform")["hosts"]
    own, told = facts["local-bastion"]["address"], facts["local-bastion"]["administered"]
    assert facts["local-services"]["address"] in told
    assert own not in told
    assert [address for address in told if not address.startswith("10.16.32.")] == ["10.16.2.10"]
    assert facts["local-services"]["administered"] == []


def test_without_a_flow_to_a_zone_its_hosts_are_not_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flows = tree / "stacks/flows.yaml"
    there = "to: [zone/services, zone/data, zone/spaces]"
    assert there in flows.read_text()
    flows.write_text(flows.read_text().replace(there, "to: [zone/data, zone/spaces]"))
    monkeypatch.setattr("infra.stackfile.ROOT", tree)
    told = hosts.facts("local-platform")["hosts"]["local-bastion"]["administered"]
    assert "10.16.2.10" not in told
    assert told
