"""The Keystone project that a provider's credential opens."""

import pulumi
import pulumi_openstack as openstack


def project_of(provider: pulumi.ProviderResource) -> str:
    """Its id, asked now; pulumi.RunError when the credential opens none."""
    opts = pulumi.InvokeOptions(provider=provider)
    try:
        found = openstack.identity.get_auth_scope(name="own", opts=opts).project_id
    except Exception as error:
        reason = " ".join(str(error).split())
        raise pulumi.RunError(
            f"the credential's project was not found ({reason}); check OS_CLOUD and its clouds.yaml"
        ) from None
    if not found:
        raise pulumi.RunError("the credential opens no project; use one that is scoped to a project")
    return str(found)
