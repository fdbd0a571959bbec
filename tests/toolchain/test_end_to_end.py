"""Our CLI and language host together, on a stack that needs no cloud."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.toolchain.conftest import Stack
from tests.toolchain.packs import pack  # noqa: F401  # a fixture

PROGRAM = """
import pulumi

class Thing(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("tiny:index:Thing", name, {})
        self.register_outputs({})

Thing("one")
settings = pulumi.Config()
pulumi.export("greeting", settings.require("greeting"))
pulumi.export("token", settings.require_secret("token"))
"""

Make = Callable[[str], Stack]


def test_a_stack_lives_from_up_to_destroy(tiny: Make) -> None:
    stack = tiny(PROGRAM)
    assert stack.pulumi("config", "set", "greeting", "bonjour").returncode == 0
    assert stack.pulumi("config", "set", "--secret", "token", "t0k3n-of-test").returncode == 0
    up = stack.pulumi("up", "--yes", "--skip-preview")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "from $PATH" not in up.stderr, "the CLI takes the language host for a foreign one"
    outputs = json.loads(stack.pulumi("stack", "output", "--json", "--show-secrets").stdout)
    assert outputs == {"greeting": "bonjour", "token": "t0k3n-of-test"}
    state = stack.pulumi("stack", "export").stdout
    assert "tiny:index:Thing" in state
    assert "t0k3n-of-test" not in state
    again = stack.pulumi("preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr
    drift = stack.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert drift.returncode == 0, drift.stdout + drift.stderr
    gone = stack.pulumi("destroy", "--yes", "--skip-preview")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert "tiny:index:Thing" not in stack.pulumi("stack", "export").stdout


@pytest.mark.parametrize(
    ("program", "shown", "not_shown"),
    [
        ("def deep():\n    return 1 / 0\n\ndeep()\n", "ZeroDivisionError", "runner.py"),
        ("import pulumi\nraise pulumi.RunError('zones.yaml: no zone')\n", "zones.yaml: no zone", "Traceback"),
    ],
)
def test_a_failing_program_is_explained_once(tiny: Make, program: str, shown: str, not_shown: str) -> None:
    failed = tiny(program).pulumi("preview")
    said = failed.stdout + failed.stderr
    assert failed.returncode != 0
    # Once in the tree of resources, once among the diagnostics.
    assert 1 <= said.count(shown) <= 2, said
    assert not_shown not in said


def test_a_policy_pack_stops_what_it_forbids(tiny: Make, pack: Path) -> None:  # noqa: F811
    stack = tiny(
        PROGRAM.replace("settings.require(", "settings.get(").replace(
            "settings.require_secret(", "settings.get("
        )
    )
    refused = stack.pulumi("preview", "--policy-pack", str(pack))
    assert refused.returncode != 0
    assert "no thing may be called one" in refused.stdout
    (stack.folder / "__main__.py").write_text("import pulumi\npulumi.export('nothing', 1)\n")
    allowed = stack.pulumi("preview", "--policy-pack", str(pack))
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr


def test_code_generation_is_refused_in_one_line(tiny: Make, tmp_path: Path) -> None:
    source = tmp_path / "yaml"
    source.mkdir()
    (source / "main.pp").write_text('output "a" {\n  value = 1\n}\n')
    asked = tiny("").pulumi(
        "convert",
        "--from",
        "pcl",
        "--language",
        "python",
        "--cwd",
        str(source),
        "--out",
        str(tmp_path / "out"),
    )
    assert asked.returncode != 0
    assert "does not generate a project" in asked.stdout + asked.stderr
