"""The hosts as Ansible sees them, so role and checks cannot disagree on a fact; contacts no host."""

from __future__ import annotations

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from infra.specification import load, load_spaces
from infra.stackfile import environment_of, stack_name
from tests.hosts.checks import Host

REPOSITORY = Path(__file__).resolve().parents[2]
# `own` is asked for whole: the planner runs anew each time that one of its answers is named.
_FACTS = """{{ {
  'address': ansible_host, 'port': ansible_port | default(22), 'user': ansible_user,
  'ssh_arguments': ansible_ssh_common_args | default(''), 'conditions': socle_conditions,
  'data_devices': socle_data_devices | default([]), 'time_servers': socle_time_servers,
  'package_proxy': socle_package_proxy, 'domain_names': [socle_domain_name],
  'accounts': socle_accounts, 'account': socle_object_account,
  'credentials': socle_space_credentials, 'own': socle_plan.hosts[inventory_hostname]} }}"""


class InventoryError(Exception):
    """The inventory could not be read: what, and how to fix it."""


def declared_hosts() -> list[str]:
    """Names of the servers that the environment declares, its spaces' last; asks no cloud.

    FactError when its tables are wrong.
    """
    stack = stack_name(os.environ.get("SOCLE_STACK") or "local-platform")
    spaces = load_spaces(environment_of(stack))
    placed = [*load(stack).plan.hosts, *(host for space in spaces for host in space.plan.hosts)]
    return [host.name for host in placed]


@cache
def hosts() -> tuple[Host, ...]:
    """Every host of the group `hosts`; InventoryError when there is none or Ansible cannot list them."""
    env = os.environ | {
        "ANSIBLE_CONFIG": os.environ.get("ANSIBLE_CONFIG", str(REPOSITORY / "playbooks/ansible.cfg")),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        # Nothing runs on a host; and Mitogen's strategy tells the callback of each host as a task of its own.
        "ANSIBLE_STRATEGY": "linear",
    }
    command = ["ansible", "hosts", "-m", "ansible.builtin.debug", "-a", "msg=" + _FACTS]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=REPOSITORY, env=env, timeout=180, check=False
    )
    start = done.stdout.find("{")
    if start < 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        last = said[-1] if said else "no output"
        raise InventoryError(f"ansible hosts: {last}: run inside `make shell`, after `make up`")
    # Timing callbacks of the configuration may print after the document.
    document, _ = json.JSONDecoder().raw_decode(done.stdout, start)
    results = document["plays"][0]["tasks"][0]["hosts"]
    found = []
    for name, result in sorted(results.items()):
        facts = result.get("msg")
        if result.get("failed") or not isinstance(facts, dict):
            raise InventoryError(f"{name}: {facts}: its metadata or the flow table does not describe it")
        found.append(_host(name, facts, facts.pop("own")))
    if not found:
        raise InventoryError("the inventory's group `hosts` is empty: no server of this stack; run `make up`")
    return tuple(found)


def _host(name: str, facts: dict[str, Any], own: dict[str, Any]) -> Host:
    listed = ("input", "output", "administered", "jumpers", "levels")
    facts |= {key: own[key] for key in listed}
    facts |= {"sealed": [volume["mount"] for volume in own["volumes"]] if own["space"] else []}
    facts |= {"space": own["space"]}
    facts |= {"own_address": own["address"], "people": [person["login"] for person in own["people"]]}
    objects = {"clients": own["objects"]} | {key: facts.pop(key) for key in ("account", "credentials")}
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in facts.items()}
    return Host(name=name, objects=objects, **fields)
