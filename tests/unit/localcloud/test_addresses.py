"""Addresses, slots and secrets of clouds."""

import ipaddress
import json
from pathlib import Path

import pytest

from localcloud import links, model, preflight, zones
from localcloud.model import SLOTS, Cloud

LONGEST_SOCKET = 107


def cloud(slot: int, root: Path = Path("/nowhere")) -> Cloud:
    return Cloud(f"c{slot}", slot, root)


def networks(slot: int) -> list[ipaddress.IPv4Network]:
    one = cloud(slot)
    return [
        ipaddress.ip_network(f"{one.outer_address}/30", strict=False),
        ipaddress.ip_network(one.external_cidr),
        ipaddress.ip_network(f"{one.public_address}/32"),
    ]


def test_no_two_slots_share_an_address() -> None:
    every = [network for slot in range(SLOTS) for network in networks(slot)]
    clashes = [(a, b) for i, a in enumerate(every) for b in every[i + 1 :] if a.overlaps(b)]
    assert clashes == []


@pytest.mark.parametrize("slot", [0, 7, SLOTS - 1])
def test_both_ends_of_the_pair_are_in_one_network_and_what_exists_inside_only_is_in_none(
    slot: int,
) -> None:
    pair, external, _ = networks(slot)
    assert ipaddress.ip_address(cloud(slot).inner_address) in pair
    assert ipaddress.ip_address(cloud(slot).external_gateway) in external
    own = [model.SERVICE_ADDRESS, *(zone.underlay_address for zone in zones.possible(cloud(slot)))]
    assert len(set(own)) == len(own)
    assert not any(ipaddress.ip_address(address) in network for address in own for network in networks(slot))


def test_names_fit_the_kernels_limits() -> None:
    longest = Cloud("a" * 20, SLOTS - 1, Path("/nowhere"))
    assert len(longest.veth) <= 15
    for zone in zones.possible(longest):
        assert len(f"{zone.sock}/libvirt/libvirt-admin-sock") <= LONGEST_SOCKET
        assert all(len(f"{kind}-{zone.name}") <= 15 for kind in links.BETWEEN)


def test_secrets_are_random_private_and_stay(tmp_path: Path) -> None:
    first, second = Cloud("a", 0, tmp_path / "a"), Cloud("b", 1, tmp_path / "b")
    for one in (first, second):
        one.complete_secrets(["nova"])
    assert set(first.secrets.values()).isdisjoint(second.secrets.values())
    assert len(set(first.secrets.values())) == len(first.secrets)
    path = tmp_path / "a/secrets.json"
    assert path.stat().st_mode & 0o777 == 0o600
    again = Cloud("a", 0, tmp_path / "a")
    again.complete_secrets(["nova", "glance"])
    assert {"db_glance", "os_glance"} <= set(again.secrets)
    assert first.secrets.items() <= json.loads(path.read_text()).items()


def test_a_write_replaces_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / "x.partial").write_text("half")
    model.write_private(tmp_path / "x", "whole")
    assert (tmp_path / "x").read_text() == "whole"
    assert not (tmp_path / "x.partial").exists()


def test_a_new_cloud_takes_the_first_slot_nobody_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path))
    for name, slot in (("a", 14), ("b", 15)):
        Cloud(name, slot, tmp_path / "clouds" / name).record()
    assert {14, 15} <= preflight.taken_slots("new")
    assert 14 not in preflight.taken_slots("a") or Path("/sys/class/net/socle14").exists()
    assert preflight.free_slot({0, 1, 3}) == 2
    assert preflight.free_slot(set(range(SLOTS))) is None
