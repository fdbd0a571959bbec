"""What the builder finds already installed is used, judged and never shadowed."""

import pytest

from tests.toolchain.machine import Machine


def test_an_official_pulumi_is_used_as_it_is(machine: Machine) -> None:
    machine.official()
    stands = machine.stands()
    assert (stands["cli"], stands["provider"], stands["stands"]) == ("official", "official", True)
    assert machine.run("--print-bin").stdout.strip() == str(machine.folder / "official")
    assert "nothing to build" in machine.run().stderr
    assert machine.builds() == 0


def test_only_the_missing_part_is_built(machine: Machine) -> None:
    machine.official(plugin=False)
    assert machine.run().returncode == 0
    assert machine.builds() == 1
    stands = machine.stands()
    assert (stands["cli"], stands["provider"]) == ("official", "built")
    assert not list(machine.cache.rglob("pulumi-language-python")), (
        "an official language host would be shadowed"
    )


@pytest.mark.parametrize(
    ("version", "host", "why"),
    [
        ("v3.100.0", True, "is version 3.100.0, older than 3.227.0"),
        ("v3.259.0", False, "has no pulumi-language-python beside it"),
        ("$(false) && exit 1", True, "does not tell its version"),
    ],
)
def test_an_installed_pulumi_that_cannot_serve_is_named(
    machine: Machine, version: str, host: bool, why: str
) -> None:
    machine.official(version=version, host=host)
    done = machine.run()
    assert done.returncode == 0
    assert f"not using the installed Pulumi: {machine.folder / 'official' / 'pulumi'}" in done.stderr
    assert why in done.stderr
    assert machine.stands()["cli"] == "built"


def test_our_own_pulumi_on_the_path_is_not_taken_for_official(machine: Machine) -> None:
    machine.run()
    machine.env["PATH"] = f"{machine.stands()['bin']}:{machine.env['PATH']}"
    assert machine.stands()["cli"] == "built"


def test_the_plugin_goes_into_the_home_that_is_named(machine: Machine) -> None:
    machine.run()
    home = machine.folder / "pulumi-home"
    link = home / "plugins/resource-openstack-v5.5.1/pulumi-resource-openstack"
    for _ in range(2):
        assert machine.run("--install-home", str(home)).returncode == 0
        assert link.read_text().endswith("# compiled\n")
    link.unlink()
    link.symlink_to(machine.folder / "gone")
    assert machine.run("--install-home", str(home)).returncode == 0
    assert link.read_text().endswith("# compiled\n")


def test_the_users_own_home_is_left_alone(machine: Machine) -> None:
    machine.run()
    refused = machine.run("--install-home", str(machine.home / ".pulumi"))
    assert refused.returncode == 2
    assert "your own Pulumi's home" in refused.stderr
    assert not (machine.home / ".pulumi").exists()
