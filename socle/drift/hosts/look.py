"""The pair `hosts`: the catalogue's checks, and what nobody declared, from one round trip to each host."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from infra.facts import FactError
from infra.specification import load as load_specification
from socle import check
from socle.drift import judge
from socle.drift.allowed import Allowed
from socle.drift.asking import Reader
from socle.drift.compare import Finding
from socle.drift.hosts import image, report
from socle.drift.hosts.compare import findings
from socle.drift.hosts.facts import Answers, Facts
from socle.drift.hosts.rendered import render
from socle.env import Environment
from socle.errors import FailureError, SocleError, UserError
from socle.identity import make_folder
from socle.paths import ROOT
from socle.records import Record


def look(
    environment: Environment, cloud: Callable[[], Any], allowed: Allowed, today: date
) -> Iterator[Record]:
    """Every record of the pair. Raises what `check.run` raises when no host could be looked at."""
    with tempfile.TemporaryDirectory(prefix="socle-drift-hosts-") as folder:
        states = Path(folder) / "states.json"
        yield from check.run(environment, states=states)
        if not states.exists():
            raise FailureError("the checks left no states of hosts", "tests/hosts", "see log/check-hosts.log")
        told = json.loads(states.read_text(encoding="utf-8"))
    yield from judged(told, _known(environment, cloud), allowed, today)


def judged(
    told: Mapping[str, Any], known: Callable[[str, Mapping[str, Any]], Facts], allowed: Allowed, today: date
) -> Iterator[Record]:
    """Records of all hosts. `told`: by name, each with its facts and sections, or with why there are none."""
    everything: list[Finding] = []
    for name, said in sorted(told.items()):
        host = said.get("host") or {"name": name, "conditions": (), "people": (), "levels": ()}
        answers = Answers(said.get("sections") or {}, said.get("unreadable", ""))
        found = list(findings(known(name, host), answers))
        everything += found
        yield from report.records(name, found, allowed, today, health=bool(host.get("space")))
    yield from judge.entries_that_idle(allowed, everything, today)


def _known(environment: Environment, cloud: Callable[[], Any]) -> Callable[[str, Mapping[str, Any]], Facts]:
    """What is declared, asked for once: of the cloud, of Ansible, and of the authorities."""
    keys: dict[str, str] | str
    try:
        keys = image.asked(Reader(cloud()))
    except Exception as error:  # openstacksdk and keystoneauth raise many kinds
        keys = f"the cloud could not be asked for servers: {' '.join(str(error).split())[:200]}"
    variables = environment.for_child()
    log = make_folder(environment.folder / "log") / "drift-rendered.log"
    rendered: dict[str, dict[str, dict[str, str]]] | str
    try:
        rendered = render(variables, log)
    except SocleError as error:
        rendered = str(error)
    key, authority = _key(environment), _authority(environment, variables)

    def known(name: str, host: Mapping[str, Any]) -> Facts:
        built = keys if isinstance(keys, str) else image.recorded(keys.get(name, ""))
        put = (
            rendered
            if isinstance(rendered, str)
            else rendered.get(name, "Ansible did not speak of this host")
        )
        return Facts(host, built, put, key, authority)

    return known


def _key(environment: Environment) -> str:
    """Automation's public key, as the stack or the environment has it."""
    try:
        said = load_specification(f"{environment.name}-platform").platform.automation_key
        return said or _own_key(environment)
    except FactError as error:
        raise UserError(str(error)) from None


def _own_key(environment: Environment) -> str:
    """That of the environment's own folder; UserError when there is none."""
    path = environment.ssh_dir / "id_ed25519.pub"
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise UserError(f"automation's key cannot be read: {error}", str(path), "run `make up`") from None


def _authority(environment: Environment, variables: Mapping[str, str]) -> str:
    """The people's, by the program that tells it to the role."""
    argv = [sys.executable, "-m", "socle.admin.publish", "--environment", environment.name]
    done = subprocess.run(argv, cwd=ROOT, env=dict(variables), capture_output=True, text=True, check=False)
    if done.returncode:
        raise FailureError(f"the people's authority is not known: {done.stderr.strip()}", "socle admin")
    return str(json.loads(done.stdout)["authority"])
