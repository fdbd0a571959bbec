"""Check of a space's credential and keys on its workstations: whose they are, and no copy elsewhere."""

from __future__ import annotations

from typing import Any

from tests.hosts.checks.base import Host, Outcome, State, Violation, check

KEYS, CREDENTIAL = "objects.json", "clouds.yaml"


@check("space_access")
def space_access(parameters: dict[str, Any], state: State, host: Host) -> Outcome:
    """Each person's copy is theirs alone, on the sealed volume, of a declared credential; none elsewhere."""
    found = state.value("space_access")
    owners = host.people or (host.user,)
    declared = host.objects["credentials"].get(host.space, [])
    names = (KEYS, CREDENTIAL) if declared else (KEYS,)
    wanted = dict.fromkeys(owners, ("folder", "root", parameters["folder"]))
    wanted |= {f"{owner}/{name}": ("file", owner, parameters["file"]) for owner in owners for name in names}
    files = found["files"]
    wrong = [Violation(path, f"{path} is not there") for path in sorted(wanted.keys() - files.keys())]
    wrong += [Violation(path, f"{path} is nobody's") for path in sorted(files.keys() - wanted.keys())]
    for path in sorted(wanted.keys() & files.keys()):
        said = files[path]
        seen = (said["kind"], said["owner"], said["mode"])
        if seen != wanted[path]:
            wrong.append(Violation(path, f"{path} is {' '.join(seen)}, not {' '.join(wanted[path])}"))
        if not said["seal"].startswith(parameters["seal"]):
            wrong.append(Violation(path, f"{path} lies on what no seal protects"))
    strangers = [one for one in found["ids"] if one not in declared]
    wrong += [Violation(one, f"credential {one} is not one of the space's") for one in strangers]
    wrong += [Violation(path, f"{path} holds a secret of the space") for path in found["elsewhere"]]
    top = f"{host.sealed[0]}/.socle"
    if found["link"] != top:
        wrong.append(Violation("link", f"/etc/socle/objects/access leads to {found['link']!r}, not {top}"))
    return Outcome(tuple(wrong), f"{len(files)} files and folders of {', '.join(owners)}; no copy elsewhere")
