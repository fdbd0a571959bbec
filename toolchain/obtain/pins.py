"""What is pinned, read from the files that pin it, and the cache keys that follow from their content.

The pins themselves are go.mod, go.sum, tokens and sources beside this package; nothing is repeated here
but the one number that decides which plugin the Python SDK asks for.
"""

import hashlib
import os
import re
from pathlib import Path

TOOLCHAIN = Path(__file__).resolve().parent.parent
PLUGIN_VERSION = "5.5.1"
PLUGIN = f"resource-openstack-v{PLUGIN_VERSION}"
PLUGIN_BINARY = "pulumi-resource-openstack"
GO_LOCK = TOOLCHAIN / "locks" / "go.txt"


def cache_root() -> Path:
    """The project's cache folder; what it holds may be removed at any time and is built again."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("SOCLE_CACHE") or Path(base) / "socle")


def cli_version() -> str:
    """The version of the CLI, from its go.mod."""
    return required("cli", r"github\.com/pulumi/pulumi/pkg/v3 (v\S+)")


def go_version(part: str = "cli") -> tuple[int, ...]:
    """The oldest Go that compiles a part, from its go.mod; the CLI's and the provider's say the same."""
    return tuple(int(number) for number in required(part, r"(?m)^go (\S+)").split("."))


def part_key(part: str) -> str:
    """The key of one part (`cli`, `provider`, `langhost`, `tofu`): a hash of all files it is made from."""
    files = sorted(path for path in (TOOLCHAIN / part).glob("*") if path.is_file())
    if part == "langhost":
        files.append(TOOLCHAIN / "pulumi-language-python")
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def required(part: str, pattern: str) -> str:
    """What a pattern finds in the go.mod of a part."""
    found = re.search(pattern, (TOOLCHAIN / part / "go.mod").read_text())
    if not found:
        raise AssertionError(f"toolchain/{part}/go.mod: nothing matches {pattern}")
    return found[1]
