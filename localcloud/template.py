"""The saved state: a filled database and its keys, from which the next cloud of the same slot starts quickly.

It holds passwords: mode 0600, in the user's own cache. Clouds that live at the same time have different
slots, hence different templates and passwords.
"""

import os
import subprocess

from localcloud import venv
from localcloud.errors import CloudError
from localcloud.model import Cloud

PARTS = ("mysql", "ovn", "swift", "swift-cache", "rings", "keystone", "done", "nova/compute_id")


def save(cloud: Cloud) -> None:
    """Write the template of a cloud whose database rests."""
    target = venv.template_file(cloud.slot)
    partial = target.with_name(target.name + ".partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    parts = [f"state/{part}" for part in PARTS if (cloud.folder("state") / part).exists()]
    _tar("--create", f"--file={partial}", f"--directory={cloud.root}", "secrets.json", *parts)
    partial.replace(target)


def restore(cloud: Cloud) -> bool:
    """Fill a cloud that has no state yet; says whether a template served.

    The state appears in one rename, so a killed restore is simply done again. A template that cannot be
    read is removed: the cloud then starts from nothing and saves a new one.
    """
    source, state = venv.template_file(cloud.slot), cloud.folder("state")
    if state.exists() or not source.exists():
        return False
    stage = cloud.root / "restore.partial"
    subprocess.run(["rm", "-rf", str(stage)], check=True)
    stage.mkdir(parents=True, mode=0o700)
    try:
        _tar("--extract", f"--file={source}", f"--directory={stage}")
        (stage / "state/done/template").touch()
    except (CloudError, OSError):
        subprocess.run(["rm", "-rf", str(stage)], check=True)
        source.unlink()
        return False
    (stage / "secrets.json").replace(cloud.root / "secrets.json")
    (stage / "state").rename(state)
    stage.rmdir()
    return True


def _tar(*arguments: str) -> None:
    done = subprocess.run(
        ["tar", "--zstd", "--sparse", *arguments], capture_output=True, text=True, check=False
    )
    # 1: a file grew while it was read; the OVN databases are journals, whose cut tail is ignored.
    if done.returncode > 1:
        raise CloudError(f"saved state: {done.stderr.strip()[-300:]}")
