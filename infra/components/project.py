"""Keystone projects: the one that a credential opens, and those that we make."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels


def project_of(provider: pulumi.ProviderResource) -> str:
    """The id of the project that a provider's credential opens; pulumi.RunError when it opens none."""
    found = _scope(provider, "the credential's project was not found", "OS_CLOUD and its clouds.yaml")
    if not found.project_id:
        raise pulumi.RunError("the credential opens no project; use one that is scoped to a project")
    return str(found.project_id)


def domain_of(provider: pulumi.ProviderResource) -> str:
    """The id of the domain that a provider's credential manages; pulumi.RunError when it manages none."""
    found = _scope(provider, "the manager's domain was not found", "the profile's project_manager")
    if not found.domain_id:
        raise pulumi.RunError("the credential opens no domain; use one that is scoped to our domain")
    return str(found.domain_id)


def role_of(provider: pulumi.ProviderResource, name: str) -> str:
    """The id of a role; pulumi.RunError when there is none of that name."""
    try:
        found = openstack.identity.get_role(name=name, opts=pulumi.InvokeOptions(provider=provider))
    except Exception as error:
        raise pulumi.RunError(f"role {name} was not found ({_line(error)})") from None
    return str(found.id)


def _scope(provider: pulumi.ProviderResource, failed: str, check: str) -> Any:
    opts = pulumi.InvokeOptions(provider=provider)
    try:
        return openstack.identity.get_auth_scope(name="own", opts=opts)
    except Exception as error:
        raise pulumi.RunError(f"{failed} ({_line(error)}); check {check}") from None


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


@dataclass(frozen=True)
class ProjectArgs:
    """`kept`: as for what it gives access to, refuse destroy and leave it in the cloud."""

    name: str
    labels: Labels
    purpose: str
    domain_id: str
    kept: bool = False


class Project(pulumi.ComponentResource):
    """A project that holds nothing but who has a role in it."""

    project_id: pulumi.Output[str]

    def __init__(self, args: ProjectArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the project."""
        super().__init__("socle:identity:Project", args.name, None, opts)
        project = openstack.identity.Project(
            args.name,
            name=args.name,
            description=args.purpose,
            # Without it Keystone refuses a domain's manager.
            domain_id=args.domain_id,
            tags=args.labels.tags(),
            # Names are unique in a domain.
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.kept, retain_on_delete=args.kept, delete_before_replace=True
            ),
        )
        self.project_id = project.id
        self.register_outputs({"project_id": self.project_id})
