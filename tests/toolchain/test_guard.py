"""A platform under spaces: plain `pulumi` and the provider of infra/guard, on a stand-in for neutron.

In the program below `thing` is what must not be deleted, and it is served by the same provider, so that no
cloud is needed: it belongs to an environment that carries nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from tests.toolchain.conftest import Stack
from tests.toolchain.machine import ROOT
from tests.toolchain.neutron import Neutron, serving

PROGRAM = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import pulumi
from infra.components.guard import Guard, GuardArgs, refuse_to_drop

zones = (pulumi.Config().get("zones") or "admin,data").split(",")
refuse_to_drop("local", "R", zones)
first = pulumi.ResourceOptions(delete_before_replace=True)
thing = Guard(GuardArgs("nobody", "R", "none", []), first)
Guard(GuardArgs("local", "R", thing.id, [thing]))
pulumi.export("zones", zones)
"""
GUARD = "socle-guard:platform:Guard"
URN = "urn:pulumi:dev::tiny::" + GUARD + "::"
SAID = "local-platform carries space alpha (stack local-space-alpha): destroy it first: pulumi destroy -s "
SAID += "local-space-alpha"


@dataclass(frozen=True)
class Platform:
    """A stack with a guard, and the cloud that it stands on."""

    stack: Stack
    neutron: Neutron

    def pulumi(self, *arguments: str) -> tuple[bool, str]:
        """Whether it succeeded, and what it said."""
        done = self.stack.pulumi(*arguments)
        return done.returncode == 0, done.stdout + done.stderr

    def has(self) -> set[str]:
        """What the state has of the two."""
        exported = self.stack.pulumi("stack", "export")
        found = json.loads(exported.stdout)["deployment"].get("resources") or []
        return {entry["urn"].removeprefix(URN) for entry in found if entry["type"] == GUARD}


@pytest.fixture
def platform(tiny: Callable[[str], Stack]) -> Iterator[Platform]:
    """Up, with the zones admin and data; no space stands yet."""
    with serving() as neutron:
        stack = tiny(PROGRAM)
        project = stack.folder / "Pulumi.yaml"
        plugin = f"plugins:\n  providers:\n    - {{name: socle-guard, path: {ROOT / 'infra/guard'}}}\n"
        project.write_text(project.read_text() + plugin)
        env = {"OS_CLIENT_CONFIG_FILE": str(neutron.clouds(stack.folder)), "OS_CLOUD": "platform"}
        made = Platform(replace(stack, env={**stack.env, **env}), neutron)
        done, said = made.pulumi("up", "--yes", "--skip-preview")
        assert done, said
        neutron.platform("local", "admin", "data")
        neutron.platform("nobody")
        yield made


def test_nothing_goes_while_a_space_stands_and_all_goes_afterwards(platform: Platform) -> None:
    platform.neutron.space("local", "alpha")
    for command in (
        "destroy",
        "destroy --continue-on-error",
        f"destroy --target {URN}nobody-guard --target-dependents",
        f"up --replace {URN}nobody-guard",
    ):
        done, said = platform.pulumi(*command.split(), "--yes", "--skip-preview")
        assert not done, said
        assert said.partition("Diagnostics:")[2].count(SAID) == 1, said
        assert "nobody-guard deleting" not in said
        assert platform.has() == {"nobody-guard", "local-guard"}
    platform.neutron.gone("local-alpha-transit")
    for command in (f"up --replace {URN}nobody-guard", "destroy"):
        done, said = platform.pulumi(*command.split(), "--yes", "--skip-preview")
        assert done, said
        assert "nobody-guard deleting" in said
    assert platform.has() == set()


def test_a_guard_that_is_not_to_be_asked_keeps_all_else(platform: Platform) -> None:
    platform.neutron.space("local", "alpha")
    platform.pulumi("destroy", "--exclude", f"{URN}local-guard", "--yes", "--skip-preview")
    assert platform.has() == {"nobody-guard", "local-guard"}
    done, said = platform.pulumi("destroy", "--target", f"{URN}nobody-guard", "--yes", "--skip-preview")
    assert not done
    assert "will be destroyed but was not specified in --target list" in said
    (platform.stack.folder / "__main__.py").write_text("import pulumi\n")
    done, said = platform.pulumi("up", "--yes", "--skip-preview")
    assert not done
    assert SAID in said
    assert platform.has() == {"nobody-guard", "local-guard"}


@pytest.mark.parametrize("silent", [True, False])
def test_a_cloud_that_cannot_be_read_keeps_the_platform(platform: Platform, silent: bool) -> None:
    if silent:
        platform.neutron.shutdown()
        platform.neutron.server_close()
    else:
        platform.neutron.lists = {kind: [] for kind in platform.neutron.lists}
    done, said = platform.pulumi("destroy", "--yes", "--skip-preview")
    assert not done
    assert ("cannot be read from the cloud (" if silent else "nothing of local-platform is visible") in said
    assert platform.has() == {"nobody-guard", "local-guard"}


def test_a_zone_goes_only_when_no_space_stands(platform: Platform) -> None:
    platform.neutron.space("local", "alpha")
    assert platform.pulumi("preview", "--expect-no-changes")[0]
    assert platform.pulumi("refresh", "--preview-only", "--expect-no-changes")[0]
    platform.stack.pulumi("config", "set", "zones", "admin")
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        done, said = platform.pulumi(*command)
        assert not done
        assert f"zone data cannot be taken away: {SAID}" in said
        assert "Traceback" not in said
    platform.neutron.gone("local-alpha-transit")
    done, said = platform.pulumi("up", "--yes", "--skip-preview")
    assert done, said
