"""What stacks must not share, and what one space's mistake must not do to another."""

from pathlib import Path

import pytest

from infra.facts import FactError
from infra.specification import load, load_space, load_spaces
from tests.unit.infra.bad_tables import PROFILE, SPACE, STACK, ZONES


def spoil(tree: Path, file: str, *changes: tuple[str, str]) -> str:
    """What is said about the space alpha once these changes are made in `file`."""
    path = tree / "stacks" / file
    for old, new in changes:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    with pytest.raises(FactError) as caught:
        load_space("local-space-alpha", root=tree)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def another_space(tree: Path, name: str, number: int) -> str:
    """The file of one more space, like alpha but for its number."""
    text = (tree / "stacks" / SPACE).read_text().replace("number: 1\n", f"number: {number}\n")
    (tree / f"stacks/Pulumi.local-space-{name}.yaml").write_text(text)
    return f"Pulumi.local-space-{name}.yaml"


def test_a_number_belongs_to_one_space_for_ever(tree: Path) -> None:
    another_space(tree, "beta", 2)
    load_space("local-space-alpha", root=tree)
    another_space(tree, "gamma", 1)
    with pytest.raises(FactError) as caught:
        load_space("local-space-gamma", root=tree)
    assert str(caught.value) == (
        "stacks/Pulumi.local-space-gamma.yaml:11: number: 1 is the number of local-space-alpha too; "
        "take one never used"
    )
    said = spoil(tree, ZONES, ("roles: [workstation]\n  retired: []", "roles: [workstation]\n  retired: [1]"))
    assert said == f"stacks/{SPACE}:11: number: 1 is retired; take one never used"


def test_a_mistake_in_a_space_stands_in_no_other_ones_way(tree: Path) -> None:
    broken = another_space(tree, "beta", 2)
    (tree / "stacks" / broken).write_text("config: [")
    load_space("local-space-alpha", root=tree)
    load("local-platform", root=tree)
    with pytest.raises(FactError, match=rf"^stacks/{broken}:2: not valid YAML"):
        load_space("local-space-beta", root=tree)


def test_two_servers_never_have_one_name(tree: Path) -> None:
    said = spoil(tree, STACK, ("- name: services", "- name: alpha-desk"))
    assert said.startswith(
        f"stacks/{SPACE}:20: host desk would be called local-alpha-desk, as one of local-pl"
    )


def test_two_spaces_never_make_one_name(tree: Path) -> None:
    another = tree / "stacks" / another_space(tree, "alpha-big", 2)
    said = spoil(tree, SPACE, ("- name: desk", "- name: big-desk"))
    assert "host big-desk would be called local-alpha-big-desk, as one of local-space-alpha-big is" in said
    assert another.exists()


@pytest.mark.parametrize("name", ["core", "admin"])
def test_a_space_is_not_called_what_the_platform_calls_its_own(tree: Path, name: str) -> None:
    another_space(tree, name, 2)
    with pytest.raises(FactError, match=f"space {name}: the platform calls something of its own so; rename"):
        load_space(f"local-space-{name}", root=tree)


def test_a_servers_name_is_a_dns_label(tree: Path) -> None:
    name = "a" * 30
    another_space(tree, name, 2)
    path = tree / f"stacks/Pulumi.local-space-{name}.yaml"
    path.write_text(path.read_text().replace("name: desk", f"name: {'b' * 30}"))
    with pytest.raises(FactError, match=r"longer than 63; shorten its name"):
        load_space(f"local-space-{name}", root=tree)


def test_a_space_has_as_many_hosts_as_its_transit_network_has_addresses(tree: Path) -> None:
    host = "      - {name: h%d, roles: [workstation], number: %d, size: small}\n"
    more = "".join(host % (number, number) for number in range(11, 23))
    allowed = (tree / "stacks" / PROFILE).read_text().replace("hosts: 4", "hosts: 20")
    (tree / "stacks" / PROFILE).write_text(allowed)
    path = tree / "stacks" / SPACE
    path.write_text(path.read_text().replace("hosts: 2", "hosts: 20"))
    said = spoil(tree, SPACE, ("mount: /srv/work}\n", f"mount: /srv/work}}\n{more}"))
    assert said == (
        f"stacks/{SPACE}:37: hosts: 13 are too many, transit network 10.16.32.16/28 has addresses for 12; "
        "take fewer, or open another space"
    )


def test_every_space_of_an_environment_is_read_together(tree: Path) -> None:
    another_space(tree, "beta", 2)
    assert [space.name for space in load_spaces("local", root=tree)] == ["alpha", "beta"]
    another_space(tree, "Bad", 3)
    with pytest.raises(FactError, match=r"stack 'local-space-Bad': not <environment>-platform, -data or"):
        load_spaces("local", root=tree)
