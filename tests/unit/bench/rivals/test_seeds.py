"""The seeds: sixty, each with one thing wrong beside its twin, said alike in every tool's own form."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench.rivals import hcl
from bench.rivals.kinds import PROVIDER, pulumi_arguments, tokens
from bench.rivals.live.makers import MAKERS
from bench.rivals.live.shown import service, unshown
from bench.rivals.seeds import BAD, GOOD, Case, Seed, arguments, cases, load, names, references
from bench.up.peer import Peer, built, configure
from socle.errors import FailureError

PROWLER = frozenset(["compute", "networking", "blockstorage", "image", "objectstorage"])
CHECKOV = {f"Checkov CKV_OPENSTACK_{number}" for number in range(1, 6)}


def of(id_: str) -> Seed:
    return next(one for one in load() if one.id == id_)


def test_there_are_sixty_and_no_two_change_the_same_to_the_same() -> None:
    seeds = load()
    assert len(seeds) == 60
    assert all(one.title and one.sources for one in seeds)
    changes = [repr((one.at, one.wrong, one.good)) for one in seeds]
    assert len(set(changes)) == len(changes)


def test_no_rivals_own_check_of_openstack_was_left_out() -> None:
    """Checkov's five; of Prowler's what a declaration can say, the rest is named in docs/decisions/0034."""
    sources = {source for one in load() for source in one.sources}
    assert sources >= CHECKOV
    assert len({source for source in sources if source.startswith("Prowler ")}) == 27


@pytest.mark.parametrize("seed", load(), ids=lambda one: one.id)
def test_a_twin_differs_in_what_is_wrong_and_in_nothing_else(seed: Seed) -> None:
    same = set(seed.bad) - set(seed.wrong)
    assert same == set(seed.good) - set(seed.wrong)
    assert all(seed.bad[key] == seed.good[key] for key in same)
    for key, said in seed.wrong.items():
        if said is not None and key in seed.good:
            left = set(seed.good[key]) - set(said)
            assert {name: seed.bad[key][name] for name in left} == {
                name: seed.good[key][name] for name in left
            }


def test_everything_has_one_name_and_stands_after_what_it_refers_to() -> None:
    found = names(load())
    assert found["rivals-ssh-open-bad-rule"] == (Case(of("ssh-open"), BAD), "rule")
    for case in cases(load()):
        seen: set[str] = set()
        for key, thing in case.things.items():
            assert set(references(thing)) <= seen, (case.name, key)
            seen.add(key)


def test_every_type_is_one_that_the_projects_own_provider_serves() -> None:
    kinds = {thing["type"] for case in cases(load()) for thing in case.things.values()}
    assert kinds - {PROVIDER} <= set(tokens())
    assert tokens()["networking_secgroup_rule_v2"] == ("networking", "SecGroupRule")


def test_pulumi_calls_blocks_by_their_plural_and_keeps_no_list_of_one() -> None:
    said = arguments(Case(of("secret-endless"), GOOD), "secret")
    made = pulumi_arguments({**said, "fixed_ip": [{"ip_address": "10.1.0.20"}]})
    assert made["acl"]["read"]["project_access"] is False
    assert made["fixed_ips"] == [{"ip_address": "10.1.0.20"}]


def test_hcl_refers_by_address_and_writes_blocks() -> None:
    text = hcl.text(Case(of("no-key-pair"), GOOD))
    assert "key_pair = openstack_compute_keypair_v2.rivals-no-key-pair-good-key.name" in text
    assert "  network {\n    port = openstack_networking_port_v2.rivals-no-key-pair-good-port.id\n  }" in text
    assert "key_pair" not in hcl.text(Case(of("no-key-pair"), BAD))


def test_what_prowler_has_no_check_for_is_not_made_and_all_else_can_be() -> None:
    assert unshown(Case(of("user-one-factor"), BAD), PROWLER) == "it has no check of identity"
    assert unshown(Case(of("image-unsigned"), GOOD), PROWLER).startswith("Glance verifies")
    assert unshown(Case(of("ssh-open"), BAD), PROWLER) == ""
    kinds = {thing["type"] for case in cases(load()) for thing in case.things.values()}
    assert {kind for kind in kinds if service(kind) in PROWLER} == set(MAKERS)


@pytest.fixture(scope="module")
def peer() -> Peer:
    try:
        return built()
    except FailureError:
        pytest.skip("OpenTofu is not built: python3 toolchain/peer.py")


def test_the_hcl_is_what_the_provider_takes(peer: Peer, tmp_path: Path) -> None:
    """Types, arguments and values of all cases, by the provider itself, in one module."""
    env = {"TF_CLI_CONFIG_FILE": str(configure(peer, tmp_path)), "PATH": "/usr/bin:/bin"}
    folder = tmp_path / "all"
    folder.mkdir()
    for case in cases(load()):
        text = hcl.text(case).removeprefix(hcl.HEADER)
        if 'provider "openstack"' in text:
            text = text.replace("{\n", f'{{\n  alias = "{case.name}"\n', 1)
        (folder / f"{case.name}.tf").write_text(text)
    (folder / "header.tf").write_text(hcl.HEADER)

    def tofu(*words: str) -> subprocess.CompletedProcess[str]:
        asked: Any = [str(peer.tofu), *words, "-no-color"]
        return subprocess.run(asked, cwd=folder, env=env, capture_output=True, text=True, check=False)

    assert tofu("init", "-input=false").returncode == 0
    done = tofu("validate")
    assert done.returncode == 0, done.stdout + done.stderr
