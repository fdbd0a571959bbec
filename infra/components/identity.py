"""Who a space is at the cloud: a Keystone project of its own, a user in it, and the projects it reads in.

No secret is here: the user is made without a password, and its application credentials are no facts
(docs/decisions/0019; `socle space renew` makes them).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels
from infra.components.project import Project, ProjectArgs


@dataclass(frozen=True)
class IdentityArgs:
    """`name`: of project and user. `reads_in`: ids of other projects, by name, that it is a reader of.

    `enabled`: whether the user may log in at all.
    """

    name: str
    labels: Labels
    purpose: str
    domain_id: str
    role_id: str
    reads_in: Mapping[str, pulumi.Input[str]]
    enabled: bool


class Identity(pulumi.ComponentResource):
    """Project, user, and a reader's role in each project."""

    project_id: pulumi.Output[str]
    user_id: pulumi.Output[str]

    def __init__(self, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the project, then the user, then its roles."""
        super().__init__("socle:identity:Identity", args.name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        project = Project(ProjectArgs(args.name, args.labels, args.purpose, args.domain_id), child)
        user = openstack.identity.User(
            args.name,
            name=args.name,
            description=args.purpose,
            domain_id=args.domain_id,
            enabled=args.enabled,
            # The password of a renewal is set for it and used once, by nobody but that.
            ignore_change_password_upon_first_use=True,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        for name, project_id in {args.name: project.project_id, **args.reads_in}.items():
            openstack.identity.RoleAssignment(
                f"{args.name}-reads-{name}",
                user_id=user.id,
                project_id=project_id,
                role_id=args.role_id,
                opts=child,
            )
        self.project_id, self.user_id = project.project_id, user.id
        self.register_outputs({"project_id": self.project_id, "user_id": self.user_id})
