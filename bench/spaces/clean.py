"""Removes whatever carries the environment's name from the cloud, then its folder. Needs no state."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import Any

from bench.spaces.facts import ENVIRONMENT
from bench.spaces.ground import place, restore_limits
from bench.up.sweep import sweep
from infra.leftovers import identity
from socle.env import Environment


def clean(standing: Environment, cloud: Any, manager: Any, admin: Any, say: Callable[[str], None]) -> None:
    """All of it, each thing told; may be interrupted and run again. FailureError when some stays.

    First what is in the project, then the spaces' Keystone projects and users, then quotas and the folder.
    """
    sweep(cloud, ENVIRONMENT, say)
    for found in list(identity.listed(manager, ENVIRONMENT)):
        identity.delete(manager, found)
        say(f"removed {found.type.rpartition(':')[2]} {found.name}")
    folder = place(standing)
    restore_limits(folder, admin, cloud.current_project_id, say)
    shutil.rmtree(folder, ignore_errors=True)
