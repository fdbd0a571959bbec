"""A policy pack with one policy; its SDK, pinned by hash, is installed into a folder of the test's own."""

import subprocess
import sys
from pathlib import Path

import pytest

LOCK = Path(__file__).with_name("policy-sdk.txt")

PROGRAM = """
import sys

sys.path.insert(0, {sdk!r})
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy


def no_thing_called_one(args, report):
    if args.resource_type == "tiny:index:Thing" and args.name == "one":
        report("no thing may be called one")


policy = ResourceValidationPolicy("names", "Names.", no_thing_called_one, EnforcementLevel.MANDATORY)
PolicyPack("tiny", [policy])
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The folder of the pack."""
    sdk, folder = tmp_path / "policy-sdk", tmp_path / "pack"
    install = [str(Path(sys.prefix) / "bin" / "uv"), "pip", "install", "-q", "--python", sys.executable]
    subprocess.run(
        [*install, "--no-deps", "--require-hashes", "--target", str(sdk), "-r", str(LOCK)], check=True
    )
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n")
    (folder / "__main__.py").write_text(PROGRAM.format(sdk=str(sdk)))
    return folder
