"""Logins to the cloud's own APIs, through the same TLS endpoints that people use."""

from typing import Any

import openstack
import yaml

from localcloud.model import Cloud, write_private

DOMAIN = "hdh"
MANAGER = "hdh-manager"
PLATFORM_USER = "hdh-platform"
PLATFORM_PROJECT = "local-platform"


def auth_url(cloud: Cloud) -> str:
    """Keystone's public address."""
    return f"https://{cloud.public_address}:5000/v3"


def _entry(cloud: Cloud, auth: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "auth": {"auth_url": auth_url(cloud), **auth},
        "region_name": "RegionOne",
        "interface": "public",
        "identity_api_version": "3",
        "cacert": str(cloud.ca_file),
        **more,
    }


def admin(cloud: Cloud) -> dict[str, Any]:
    """The operator."""
    return _entry(
        cloud,
        {
            "username": "admin",
            "password": cloud.secrets["admin"],
            "project_name": "admin",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
    )


def manager(cloud: Cloud) -> dict[str, Any]:
    """The customer: manager of the domain, without administrator rights."""
    return _entry(
        cloud,
        {
            "username": MANAGER,
            "password": cloud.secrets["manager"],
            "user_domain_name": DOMAIN,
            "domain_name": DOMAIN,
        },
    )


def platform_user(cloud: Cloud) -> dict[str, Any]:
    """The platform's user by password: only used to make its application credential."""
    return _entry(
        cloud,
        {
            "username": PLATFORM_USER,
            "password": cloud.secrets["platform"],
            "user_domain_name": DOMAIN,
            "project_name": PLATFORM_PROJECT,
            "project_domain_name": DOMAIN,
        },
    )


def platform(cloud: Cloud) -> dict[str, Any]:
    """What pulumi, ansible and openstacksdk use by default: an application credential."""
    return _entry(
        cloud,
        {
            "application_credential_id": cloud.secrets["credential_id"],
            "application_credential_secret": cloud.secrets["credential_secret"],
        },
        auth_type="v3applicationcredential",
    )


def connect(entry: dict[str, Any]) -> Any:
    """A connection that reads neither clouds.yaml nor OS_ variables nor proxies of the caller."""
    config = openstack.config.OpenStackConfig(
        config_files=[], secure_files=[], vendor_files=[], load_envvars=False
    )
    region = config.get_one(**entry)
    connection = openstack.connection.Connection(config=region)
    connection.session.session.trust_env = False
    return connection


def write_clouds_yaml(cloud: Cloud) -> None:
    """Write the entries admin, customer and platform, for their owner's eyes only."""
    clouds = {"admin": admin(cloud), "customer": manager(cloud), "platform": platform(cloud)}
    write_private(cloud.clouds_yaml, yaml.safe_dump({"clouds": clouds}, sort_keys=False))
