"""The environment of every tool run: what `socle env` prints, what `socle shell` opens, what our steps use.

Values are names and paths, never secrets. What a person exported for a provider of their own
(OS_CLOUD, OS_CLIENT_CONFIG_FILE, PULUMI_BACKEND_URL, …) is respected; what an embedded cloud's
environment exported is not, so that `--cloud` works inside another cloud's shell.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from infra.stackfile import environment_of, spaces_of, stack_file
from socle.errors import UserError
from socle.identity import ensure_passphrase, ensure_ssh_key, make_folder
from socle.paths import ROOT, cloud_dir, env_dir, state
from socle.state.address import is_postgres, parse
from socle.toolchain import install_home, toolchain_bin

# Pulumi must neither look for updates nor fetch plugins, and must not advertise.
_QUIET = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_NEO": "false",
    "PULUMI_SUPPRESS_NEO_LINK": "true",
    "AWS_EC2_METADATA_DISABLED": "true",
    # A login's locale may not exist on this machine; Ansible refuses to start then.
    "LC_ALL": "C.UTF-8",
}
# Which environment a cloud carries when nobody said: the small one.
DEFAULT_ENVIRONMENT = "local"
STATE_FILE = "state-url"
"""In an environment's folder: where its state lies when that is not the folder `backend` beside it."""
# ssh adds a hash of 40 characters and a suffix of its own to a socket's folder; the kernel takes 107 in all.
_LONGEST_SOCKET_FOLDER = 48


@dataclass(frozen=True)
class Environment:
    """The environment on one cloud: its folder and the variables that tools need."""

    cloud: str
    folder: Path
    variables: Mapping[str, str]

    @property
    def ssh_dir(self) -> Path:
        """The folder of the SSH key, the known hosts and the pins."""
        return Path(self.variables["SOCLE_SSH_DIR"])

    @property
    def stack(self) -> str:
        """The selected Pulumi stack: `<environment>-platform` unless another was asked for."""
        return self.variables["SOCLE_STACK"]

    @property
    def name(self) -> str:
        """The environment's name, as servers carry it in their metadata."""
        return environment_of(self.stack)

    @property
    def stacks(self) -> list[str]:
        """The stacks that `up` brings, what others stand on first: platform, data, each space."""
        layers = [f"{self.name}-platform", f"{self.name}-data"]
        return [*(name for name in layers if stack_file(name).exists()), *spaces_of(self.name)]

    def of(self, stack: str) -> Environment:
        """The same environment with another of its stacks selected."""
        return replace(self, variables={**self.variables, "PULUMI_STACK": stack, "SOCLE_STACK": stack})

    @property
    def embedded(self) -> bool:
        """True on an embedded cloud, false at a provider that the person named."""
        return self.variables["OS_CLIENT_CONFIG_FILE"] == str(cloud_dir(self.cloud) / "clouds.yaml")

    def for_child(self) -> dict[str, str]:
        """The whole environment of a child process."""
        inherited = {name: value for name, value in os.environ.items() if name not in self.unset()}
        return {**inherited, **self.variables}

    def unset(self, exported: Mapping[str, str] | None = None) -> list[str]:
        """Exported variables that must not reach the tools.

        On an embedded cloud, everything a sourced openrc left: its region or password belongs to a provider.
        """
        exported = os.environ if exported is None else exported
        foreign = [name for name in exported if self.embedded and name.startswith("OS_")]
        # Ours says this one, or this is no embedded cloud.
        return sorted({"PULUMI_OPTION_CONFIG_FILE", *foreign} - self.variables.keys())

    @property
    def project(self) -> Path:
        """The folder of the stack's own configuration file on an embedded cloud."""
        return self.folder / "project"


def describe(cloud: str, exported: Mapping[str, str] | None = None, name: str = "") -> Environment:
    """The environment on `cloud`, given what is exported now, or the one called `name`. Makes nothing."""
    exported = os.environ if exported is None else exported
    folder, own = env_dir(cloud), str(state())

    def respected(name: str, default: str) -> str:
        given = exported.get(name, "")
        ours = given.removeprefix("file://").startswith(f"{own}/")
        return given if given and not ours else default

    def chosen(name: str, default: str) -> str:
        """A provider's environment may lie anywhere; an embedded cloud's is always its own."""
        return respected(name, default) if at_provider else default

    config = respected("OS_CLIENT_CONFIG_FILE", str(cloud_dir(cloud) / "clouds.yaml"))
    at_provider = not config.startswith(f"{own}/")
    there, stack = name or carried(folder), exported.get("SOCLE_STACK", "")
    # What a shell of another cloud, or of another size, exported is not meant for this one.
    same_cloud = exported.get("SOCLE_CLOUD", cloud) == cloud
    meant = same_cloud and there in ("", environment_of(stack))
    if not (stack and (at_provider or meant)):
        stack = f"{there or DEFAULT_ENVIRONMENT}-platform"
    variables = {
        "PATH": _path(exported.get("PATH", os.defpath)),
        "OS_CLIENT_CONFIG_FILE": config,
        "OS_CLOUD": exported.get("OS_CLOUD") or "platform" if at_provider else "platform",
        "PULUMI_HOME": chosen("PULUMI_HOME", str(folder / "pulumi")),
        "PULUMI_BACKEND_URL": chosen("PULUMI_BACKEND_URL", state_url(folder)),
        "PULUMI_STACK": stack,
        "ANSIBLE_CONFIG": str(ROOT / "playbooks" / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(_sockets(folder)),
        "SOCLE_SSH_DIR": chosen("SOCLE_SSH_DIR", str(folder / "ssh")),
        "SOCLE_STACK": stack,
        "SOCLE_CLOUD": cloud,
        **_swift_ansible(),
        **_QUIET,
    }
    if is_postgres(variables["PULUMI_BACKEND_URL"]):
        parse(variables["PULUMI_BACKEND_URL"], exported)  # a password in it would be shown to everybody
    if not at_provider:
        variables |= _own_stack_file(folder, stack)
    if "PULUMI_CONFIG_PASSPHRASE" not in exported:
        variables["PULUMI_CONFIG_PASSPHRASE_FILE"] = respected(
            "PULUMI_CONFIG_PASSPHRASE_FILE", str(folder / "passphrase")
        )
    return Environment(cloud, folder, variables)


def carried(folder: Path) -> str:
    """The environment that `up` has put on the cloud of this folder; empty before the first."""
    path = folder / "environment"
    return path.read_text(encoding="utf-8").strip() if path.exists() else ""


def state_url(folder: Path) -> str:
    """Where the state of the environment in `folder` lies."""
    path = folder / STATE_FILE
    return path.read_text(encoding="utf-8").strip() if path.exists() else f"file://{folder / 'backend'}"


def carry(environment: Environment) -> None:
    """Note that the cloud carries this environment, until `down`. UserError when it carries another."""
    there = carried(environment.folder)
    if there not in ("", environment.name):
        raise UserError(
            f"cloud {environment.cloud} carries the environment {there}, not {environment.name}",
            str(environment.folder),
            f"bring up {there} again, remove it with `socle local down`, or use another --cloud",
        )
    (environment.folder / "environment").write_text(f"{environment.name}\n", encoding="utf-8")


def prepare(cloud: str, *, pulumi: bool = False, name: str = "") -> Environment:
    """The environment on `cloud`; what it owns (key pair, passphrase, folders) is made on first use.

    `name`: the environment that is to be there, whatever is. With `pulumi`, its home gets the provider plugin
    too; raises FailureError when that is not built.
    """
    environment = describe(cloud, None, name)
    make_folder(environment.folder)
    make_folder(Path(environment.variables["ANSIBLE_SSH_CONTROL_PATH_DIR"]))
    if environment.ssh_dir == environment.folder / "ssh":
        ensure_ssh_key(make_folder(environment.ssh_dir), f"socle-{cloud}")
    passphrase = environment.folder / "passphrase"
    if environment.variables.get("PULUMI_CONFIG_PASSPHRASE_FILE") == str(passphrase):
        ensure_passphrase(passphrase)
    backend = environment.folder / "backend"
    if environment.variables["PULUMI_BACKEND_URL"] == f"file://{backend}":
        make_folder(backend)
    home = environment.folder / "pulumi"
    if pulumi and environment.variables["PULUMI_HOME"] == str(home):
        install_home(make_folder(home))
    return environment


def export_lines(environment: Environment) -> list[str]:
    """Shell lines that set the environment; for `eval "$(socle env --shell)"`."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in environment.variables.items()]
    return [*(f"unset {name}" for name in environment.unset()), *exports]


def _sockets(folder: Path) -> Path:
    """Where ssh keeps open connections: in the environment's folder unless its path is too long for that."""
    usual = folder / "ssh" / "cp"
    if len(str(usual)) <= _LONGEST_SOCKET_FOLDER:
        return usual
    short = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(os.environ.get("XDG_RUNTIME_DIR") or "/run") / f"socle-{short}"


def _swift_ansible() -> dict[str, str]:
    """Mitogen's strategy: the same playbook, without starting Python anew on the host for each module.

    Without our environment, plain `ansible-playbook` uses Ansible's own: slower, to the same end.
    """
    found = importlib.util.find_spec("ansible_mitogen")
    if found is None or found.origin is None:
        return {}
    plugins = Path(found.origin).parent / "plugins" / "strategy"
    return {"ANSIBLE_STRATEGY": "mitogen_linear", "ANSIBLE_STRATEGY_PLUGINS": str(plugins)}


def _own_stack_file(folder: Path, stack: str) -> dict[str, str]:
    """Keep what Pulumi writes into a stack's file (salt, `config set`) out of the work tree.

    Each embedded cloud has a passphrase of its own, so its salt cannot stand in the committed file; the
    program reads that one itself and lays this one over it. One file serves every stack of the environment.
    """
    return {
        "PULUMI_OPTION_CONFIG_FILE": str(
            folder / "project" / f"Pulumi.{environment_of(stack)}-platform.yaml"
        ),
        "PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER": "true",
        "PULUMI_OPTION_PRESERVE_CONFIG": "true",  # or `stack rm` would remove the committed file
    }


def _path(present: str) -> str:
    ours = [str(ROOT / ".venv" / "bin"), *(str(folder) for folder in toolchain_bin())]
    return os.pathsep.join([*ours, *(part for part in present.split(os.pathsep) if part not in ours)])
