"""The environment of tool runs: what it names, what it makes, what it respects, and what it never shows."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from socle import env
from socle.env import carry, describe, export_lines, prepare
from socle.errors import UserError
from socle.identity import ensure_ssh_key
from socle.paths import ROOT, cloud_dir, state


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("OS_", "PULUMI_", "SOCLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(env, "install_home", lambda _home: None)  # building the tool chain is not under test
    monkeypatch.setattr(env, "toolchain_bin", lambda: (tmp_path / "toolchain",))


def test_everything_is_below_the_state_folder_and_closed_to_others() -> None:
    environment = prepare("local")
    found = [path for path in state().rglob("*") if path.name != "id_ed25519.pub" and not path.is_dir()]
    assert {path.name for path in found} == {"id_ed25519", "passphrase"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    assert stat.S_IMODE(environment.folder.stat().st_mode) == 0o700


def test_a_second_run_makes_nothing_new() -> None:
    first = {path: path.read_bytes() for path in prepare("local").folder.rglob("*") if path.is_file()}
    second = {path: path.read_bytes() for path in prepare("local").folder.rglob("*") if path.is_file()}
    assert first == second


def test_openssh_accepts_the_key_pair() -> None:
    folder = prepare("local").ssh_dir
    derived = subprocess.run(
        ["ssh-keygen", "-y", "-f", str(folder / "id_ed25519")], capture_output=True, text=True, check=True
    ).stdout
    assert derived.split()[:2] == (folder / "id_ed25519.pub").read_text().split()[:2]
    assert derived.startswith("ssh-ed25519 ")


def test_a_lost_public_half_is_derived_again(tmp_path: Path) -> None:
    ensure_ssh_key(tmp_path, "c")
    before = (tmp_path / "id_ed25519.pub").read_text()
    (tmp_path / "id_ed25519.pub").unlink()
    ensure_ssh_key(tmp_path, "c")
    assert (tmp_path / "id_ed25519.pub").read_text() == before


def test_a_damaged_private_key_is_one_line_and_stays(tmp_path: Path) -> None:
    (tmp_path / "id_ed25519").write_text("damaged")
    with pytest.raises(UserError, match="id_ed25519: not an Ed25519 key"):
        ensure_ssh_key(tmp_path, "c")
    assert (tmp_path / "id_ed25519").read_text() == "damaged"


def test_every_environment_has_a_passphrase_of_its_own() -> None:
    phrases = {(prepare(name).folder / "passphrase").read_text().strip() for name in ("local", "test")}
    assert len(phrases) == 2
    assert all(len(phrase) >= 40 for phrase in phrases)


def test_what_pulumi_writes_stays_out_of_the_work_tree_on_the_embedded_cloud_alone() -> None:
    embedded, provider = describe("local", {}), describe("x", {"OS_CLIENT_CONFIG_FILE": "/etc/clouds.yaml"})
    own = embedded.variables["PULUMI_OPTION_CONFIG_FILE"]
    assert own == str(embedded.project / "Pulumi.local-platform.yaml")
    assert "PULUMI_OPTION_CONFIG_FILE" not in provider.variables


def test_a_stack_file_of_an_embedded_cloud_is_never_used_at_a_provider(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(
        "PULUMI_OPTION_CONFIG_FILE", str(describe("local").project / "Pulumi.local-platform.yaml")
    )
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", "/etc/clouds.yaml")
    assert "PULUMI_OPTION_CONFIG_FILE" not in describe("local").for_child()


def test_no_secret_is_printed() -> None:
    environment = prepare("local")
    printed = "\n".join(export_lines(environment))
    private = (environment.ssh_dir / "id_ed25519").read_text().splitlines()[1]
    assert (environment.folder / "passphrase").read_text().strip() not in printed
    assert private not in printed


def test_a_shell_can_evaluate_the_lines() -> None:
    lines = "\n".join(export_lines(prepare("local")))
    script = f'{lines}\nprintf "%s\\n" "$PATH" "$OS_CLOUD" "$PULUMI_BACKEND_URL" "$SOCLE_STACK"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    path, cloud, backend, stack = done.stdout.splitlines()
    assert path.split(":")[0] == str(ROOT / ".venv" / "bin")
    assert (cloud, stack) == ("platform", "local-platform")
    assert backend == f"file://{state() / 'envs' / 'local' / 'backend'}"


def test_a_provider_that_the_person_exported_is_respected() -> None:
    given = {
        "OS_CLIENT_CONFIG_FILE": "/etc/openstack/clouds.yaml",
        "OS_CLOUD": "provider",
        "PULUMI_BACKEND_URL": "postgres://hdh@db/state?sslmode=verify-full&sslrootcert=system",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/run/secrets/phrase",
        "SOCLE_STACK": "production-platform",
    }
    environment = describe("production", given)
    assert {name: environment.variables[name] for name in given} == given
    assert not environment.embedded
    assert environment.name == "production"


def test_another_embedded_clouds_shell_does_not_leak_into_this_one() -> None:
    local = describe("local", {"PATH": "/usr/bin"})
    inside = describe("test", dict(local.variables))
    assert inside.embedded
    assert inside.variables == describe("test", {"PATH": "/usr/bin"}).variables
    assert inside.variables["OS_CLIENT_CONFIG_FILE"] == str(cloud_dir("test") / "clouds.yaml")


def test_what_a_providers_openrc_left_never_reaches_the_embedded_cloud() -> None:
    left = {
        "OS_REGION_NAME": "GRA",
        "OS_PASSWORD": "x",
        "PULUMI_BACKEND_URL": "s3://team/state",
        "SOCLE_SSH_DIR": "/etc/team",
    }
    environment = describe("local", left)
    assert environment.unset(left) == ["OS_PASSWORD", "OS_REGION_NAME"]
    assert environment.variables["PULUMI_BACKEND_URL"] == f"file://{environment.folder / 'backend'}"
    assert environment.ssh_dir == environment.folder / "ssh"
    provider = describe("production", {**left, "OS_CLIENT_CONFIG_FILE": "/etc/openstack/clouds.yaml"})
    assert not {"OS_REGION_NAME", "OS_PASSWORD"} & set(provider.unset(left))


def test_an_ssh_sockets_path_fits_however_deep_the_state_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCLE_STATE", str(tmp_path / ("x" * 60)))
    folder = describe("local", {}).variables["ANSIBLE_SSH_CONTROL_PATH_DIR"]
    assert len(folder) + len("/") + 40 + 17 <= 107
    assert folder != describe("other", {}).variables["ANSIBLE_SSH_CONTROL_PATH_DIR"]


def test_the_locale_is_one_that_every_machine_has() -> None:
    assert describe("local", {"LANG": "fr_FR.UTF-8"}).variables["LC_ALL"] == "C.UTF-8"


def test_a_passphrase_given_by_value_is_left_alone() -> None:
    assert (
        "PULUMI_CONFIG_PASSPHRASE_FILE" not in describe("local", {"PULUMI_CONFIG_PASSPHRASE": "x"}).variables
    )


@pytest.mark.parametrize("name", ["", "A", "../up", "a b", "a" * 40])
def test_a_name_that_could_leave_the_state_folder_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="not a cloud's name"):
        describe(name)


def test_a_cloud_carries_the_environment_that_was_put_on_it() -> None:
    assert describe("local").stack == "local-platform"
    carry(prepare("local", name="full"))
    assert describe("local").stacks == ["full-platform", "full-data", "full-space-alpha", "full-space-beta"]
    assert describe("local").variables["PULUMI_OPTION_CONFIG_FILE"].endswith("Pulumi.full-platform.yaml")
    assert describe("test").name == "local"
    carry(prepare("local", name="full"))


def test_another_environment_on_the_same_cloud_is_refused() -> None:
    carry(prepare("local", name="full"))
    with pytest.raises(UserError, match="cloud local carries the environment full, not local"):
        carry(prepare("local", name="local"))
    assert describe("local").name == "full"


@pytest.mark.parametrize(
    ("cloud", "stack", "expected"),
    [
        ("local", "local-space-alpha", "local-space-alpha"),
        ("local", "full-space-alpha", "local-platform"),
        ("other", "local-space-alpha", "local-platform"),
        ("", "local-data", "local-data"),
    ],
)
def test_what_a_shell_of_another_cloud_or_size_exported_is_not_followed(
    cloud: str, stack: str, expected: str
) -> None:
    carry(prepare("local", name="local"))
    exported = {"SOCLE_STACK": stack} | ({"SOCLE_CLOUD": cloud} if cloud else {})
    assert describe("local", exported).stack == expected
