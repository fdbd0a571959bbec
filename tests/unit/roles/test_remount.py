"""roles/baseline/files/remount.sh on real mounts, in a mount namespace of its own."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "roles/baseline/files/remount.sh"
OPTIONS = "nodev,nosuid,noexec"


def run(folder: Path, options: str) -> subprocess.CompletedProcess[str]:
    """Mount a tmpfs with `options` on `folder`, run the script twice, say the options after."""
    steps = (
        f"mount -t tmpfs -o {options} tmpfs {folder} && sh {SCRIPT} {OPTIONS} {folder} && echo again"
        f" && sh {SCRIPT} {OPTIONS} {folder} && findmnt -no OPTIONS --mountpoint {folder}"
    )
    argv = ["unshare", "--mount", "--propagation", "private", "sh", "-c", steps]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("lost", ["nodev", "nosuid", "noexec"])
def test_what_lost_an_option_gets_it_back_once(tmp_path: Path, lost: str) -> None:
    done = run(tmp_path, OPTIONS.replace(lost, lost.removeprefix("no")))
    first, second = done.stdout.split("again\n")
    assert first == f"remounted {tmp_path}\n"
    assert set(OPTIONS.split(",")) <= set(second.strip().split(","))


def test_what_has_all_of_them_is_left_alone(tmp_path: Path) -> None:
    assert "remounted" not in run(tmp_path, OPTIONS).stdout


def test_a_folder_that_is_no_mount_point_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", str(SCRIPT), OPTIONS, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"{tmp_path}: no partition of its own" in done.stderr
