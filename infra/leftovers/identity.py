"""Keystone projects and users of an environment, as our domain's manager sees them; and deleting one."""

from collections.abc import Iterator
from typing import Any

from infra.leftovers.kinds import TAGS, Found

PREFIX = "openstack:identity/"


def listed(manager: Any, environment: str) -> Iterator[Found]:
    """Those with names as the program gives them; three calls, whatever the number.

    Keystone dates neither. What somebody has a role in, or who has one, is in use: an interrupted creation
    leaves neither.
    """
    api, starts = manager.identity, (f"{environment}-space-", f"{environment}-base-")
    domain = manager.session.auth.get_access(manager.session).domain_id
    given = list(api.role_assignments())
    in_use = {(one.scope or {}).get("project", {}).get("id") for one in given}
    in_use |= {(one.user or {}).get("id") for one in given}
    for project in api.projects(domain_id=domain):
        if project.name.startswith(starts):
            said = {"name": project.name, "description": project.description, TAGS: list(project.tags or ())}
            busy = "somebody has a role in it" if project.id in in_use else ""
            yield Found(f"{PREFIX}project:Project", project.id, said, busy)
    for user in api.users(domain_id=domain):
        if user.name.startswith(starts):
            said = {"name": user.name, "description": user.description}
            busy = "it has a role" if user.id in in_use else ""
            yield Found(f"{PREFIX}user:User", user.id, said, busy)


def delete(manager: Any, thing: Found) -> None:
    """Delete it; raises what openstacksdk raises."""
    api = manager.identity
    remove = api.delete_project if thing.type == f"{PREFIX}project:Project" else api.delete_user
    remove(thing.id)
