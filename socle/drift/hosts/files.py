"""Files by which something starts or somebody is root: the image's, the roles', and those there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localcloud.image.standing import PLACES, digest
from socle.drift.hosts.facts import Answers, Facts, Pair, first_account
from socle.drift.hosts.roles import looked_at

UNITS = "/etc/systemd/system/"
_ROOT = "0:0"
_LINK = "-> "


def units(facts: Facts, answers: Answers) -> Pair:
    """Units, drop-ins and what is enabled, but timers."""
    return _units(facts, answers, timers=False)


def timers(facts: Facts, answers: Answers) -> Pair:
    """Timers and their drop-ins, transient ones among them."""
    return _units(facts, answers, timers=True)


def cron(facts: Facts, answers: Answers) -> Pair:
    """What cron would run."""
    return _plain("cron", facts, answers)


def sudoers(facts: Facts, answers: Answers) -> Pair:
    """Files of sudo's rules, with the one that cloud-init writes for automation."""
    pair = _plain("sudoers", facts, answers)
    first = first_account()
    name, rules = first["name"], "".join(f"{first['name']} {rule}\n" for rule in first["sudo"])
    text = f"\n# User rules for {name}\n{rules}"
    said = {"content": digest(text.encode()), "owner": _ROOT, "mode": "0440"}
    pair.declared["/etc/sudoers.d/90-cloud-init-users"] = said
    return pair


def starts(facts: Facts, answers: Answers) -> Pair:
    """What else runs by itself (at a start, a login, an installation), own programs, the packet filter."""
    return _plain("start", facts, answers)


def _units(facts: Facts, answers: Answers, *, timers: bool) -> Pair:
    pair = _plain("unit", facts, answers, lambda path: _timer(path) is timers)
    standing = answers.value("standing")
    # What groups processes runs none.
    loose = {
        path: one
        for path, one in standing["files"]["transient"].items()
        if not path.endswith((".scope", ".slice")) and ".scope.d/" not in path and ".slice.d/" not in path
    }
    for path, one in {**loose, **standing["unpackaged"]}.items():
        if _timer(path) is timers:
            pair.add(path, **one)
    _enabled(pair, facts, timers=timers)
    return pair


def _timer(path: str) -> bool:
    return path.endswith(".timer") or ".timer.d/" in path


def _enabled(pair: Pair, facts: Facts, *, timers: bool) -> None:
    """Links of units that a role or a control enables; the units themselves say which links these are."""
    put = facts.put()
    wanted = {unit for one in facts.parameters("units") for unit in one["enabled"]}
    wanted |= {
        unit
        for role in facts.roles
        for unit in role.enabled
        # One whose file the role puts nowhere here is not enabled here either.
        if f"{UNITS}{unit}" in put or not any(it.dest.endswith((unit, "{{ item }}")) for it in role.puts)
    }
    for unit in sorted(wanted):
        if _timer(unit) is not timers:
            continue
        links = [path for path, one in pair.found.items() if _enables(path, str(one["content"]), unit)]
        for path in links:
            pair.declared[path] = {"content": pair.found[path]["content"]}
        # Where the image enables it, its own link is declared already.
        if not any(path.endswith(f".wants/{unit}") for path in (*links, *pair.declared)):
            pair.declared[f"{UNITS}*.wants/{unit}"] = {"content": f"{_LINK}{unit}"}


def _enables(path: str, content: str, unit: str) -> bool:
    """A link of this unit's name to it, or another name of it; the unit is its package's or a role's."""
    target = content.removeprefix(_LINK)
    whole = content.startswith(_LINK) and target in (
        f"/usr/lib/systemd/system/{unit}",
        f"/lib/systemd/system/{unit}",
        f"{UNITS}{unit}",
        f"../{unit}",
    )
    name = path.removeprefix(UNITS)
    return whole and ("/" not in name or name.partition("/")[2] == unit)


def _plain(sort: str, facts: Facts, answers: Answers, only: Callable[[str], bool] | None = None) -> Pair:
    pair = Pair()
    there: Mapping[str, Any] = answers.value("standing")["files"][sort]
    for path, one in there.items():
        if only is None or only(path):
            pair.add(path, **one)
    for path, one in _declared(sort, facts, answers):
        if only is None or only(path):
            pair.declared[path] = one
    for path, one in facts.put().items():
        if "error" in one and _sort(path) in (sort, ""):
            pair.doubts[path] = f"what its role would put there is not known: {one['error']}"
    return pair


def _declared(sort: str, facts: Facts, answers: Answers) -> Iterator[tuple[str, dict[str, Any]]]:
    modes = {entry["path"]: entry for one in facts.parameters("path") for entry in one["paths"]}
    whole = dict(facts.built().standing["files"][sort])
    whole |= {path: one for path, one in facts.put().items() if "error" not in one and _sort(path) == sort}
    updated = _updated(facts, answers)
    for path, one in whole.items():
        said = dict(one)
        if path in modes:
            said |= {"mode": modes[path]["mode"], "owner": _numbers(modes[path])}
        if path in updated and path not in facts.put():
            # The package that brought another version of it is judged with its version.
            said.pop("content")
        yield path, {key: value for key, value in said.items() if value is not None}


def _updated(facts: Facts, answers: Answers) -> set[str]:
    """Files of packages that are what dpkg put there, where an update from the archives brought a package."""
    said = answers.value("dpkg")
    bill = facts.built().packages
    newer = any(
        one["version"] != bill.get(name) and one["version"] in said["listed"].get(name, ())
        for name, one in said["packages"].items()
    )
    return set(said["untouched"]) if newer else set()


def _numbers(entry: Mapping[str, Any]) -> str | None:
    """As the host says it; None where only the host knows the number."""
    return _ROOT if (entry["owner"], entry["group"]) == ("root", "root") else None


def _sort(path: str) -> str:
    """Which sort a path is looked at as; empty where Jinja has left it open."""
    if not looked_at(path):
        return ""
    return next(
        name
        for name, places in PLACES.items()
        if any(f"{path}/".startswith(f"/{place}/") for place in places)
    )
