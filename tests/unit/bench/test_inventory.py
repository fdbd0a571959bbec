"""Two inventories must be told apart by everything that matters, and by nothing else."""

from bench.up.inventory import counts, difference, thing

NAMES = ("pulumi", "tofu")
NETWORK = thing("network", "bench-admin", tags=["a=1", "b=2"], about="x")
SERVER = thing("server", "bench-bastion", metadata={"socle_env": "bench", "socle_zone": "admin"})


def test_the_same_things_in_another_order_are_the_same() -> None:
    turned = thing("network", "bench-admin", about="x", tags=("b=2", "a=1"))
    other = thing("server", "bench-bastion", metadata={"socle_zone": "admin", "socle_env": "bench"})
    assert difference([NETWORK, SERVER], [other, turned], NAMES) == []


def test_what_only_one_made_is_told() -> None:
    assert difference([NETWORK, SERVER], [NETWORK], NAMES) == ["server bench-bastion: made by pulumi only"]
    assert difference([NETWORK], [NETWORK, SERVER], NAMES) == ["server bench-bastion: made by tofu only"]


def test_a_second_one_of_the_same_is_told() -> None:
    assert difference([NETWORK, NETWORK], [NETWORK], NAMES) == ["network bench-admin: made by pulumi only"]


def test_another_attribute_is_told_by_its_name() -> None:
    untagged = thing("network", "bench-admin", about="x", tags=["a=1"])
    told = ["network bench-admin: tags is [a=1, b=2] by pulumi, [a=1] by tofu"]
    assert difference([NETWORK], [untagged], NAMES) == told


def test_nothing_and_no_value_are_not_the_same_as_a_value() -> None:
    one, other = thing("port", "p", pairs=[]), thing("port", "p", pairs=["10.18.0.1"])
    assert len(difference([one], [other], NAMES)) == 1


def test_kinds_are_counted() -> None:
    assert counts([SERVER, NETWORK, NETWORK]) == {"network": 2, "server": 1}
