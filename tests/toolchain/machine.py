"""A machine of a test's own for the builder: cache, home, PATH, and a stand-in for Go that takes no time."""

import json
import stat
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILDER = ROOT / "toolchain" / "build.py"

# Answers as Go does: a version, a list of packages, and a "compiled" pulumi at the place after -o.
GO = """#!/bin/sh
case "$1" in
  version) echo "go version go{version} linux/amd64" ;;
  list) printf 'a\\nb\\nc\\n' ;;
  build)
    echo "built" >>"{log}"
    {before}
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho v3.259.0 # compiled\\n' >"$2"
    chmod +x "$2" ;;
esac
"""


class Machine:
    """A machine of the test's own: cache, home, PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "path"
        self.cache, self.home, self.log = folder / "cache", folder / "home", folder / "go.log"
        self.path.mkdir()
        self.home.mkdir()
        self.env = {
            "PATH": f"{self.path}:/usr/bin:/bin",
            "HOME": str(self.home),
            "SOCLE_CACHE": str(self.cache),
            # No registry answers here: what wants one must say so.
            "PIP_INDEX_URL": "http://127.0.0.1:9/",
            "PIP_RETRIES": "0",
        }
        self.go()

    def go(self, version: str = "1.99.0", before: str = "") -> None:
        """Install the stand-in."""
        self.executable(self.path / "go", GO.format(version=version, log=self.log, before=before))

    def executable(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def official(self, version: str = "v3.259.0", host: bool = True, plugin: bool = True) -> None:
        """Install what an official Pulumi consists of."""
        folder = self.folder / "official"
        self.executable(folder / "pulumi", f"#!/bin/sh\necho {version}\n")
        if host:
            self.executable(folder / "pulumi-language-python", "#!/bin/sh\n")
        if plugin:
            self.executable(
                self.home / ".pulumi/plugins/resource-openstack-v5.5.1/pulumi-resource-openstack",
                "#!/bin/sh\n",
            )
        self.env["PATH"] = f"{folder}:{self.env['PATH']}"

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = ["/usr/bin/python3", str(BUILDER), *arguments]
        return subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120, check=False)

    def stands(self) -> dict[str, object]:
        answer: dict[str, object] = json.loads(self.run("--json").stdout)
        return answer

    def builds(self) -> int:
        """How often the compiler was started."""
        return self.log.read_text().count("built") if self.log.exists() else 0

    def leftovers(self) -> list[Path]:
        return [
            path for path in self.cache.rglob("*") if path.name.endswith(".partial") or path.name == "go-work"
        ]
