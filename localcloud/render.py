"""Configuration files: every templates/<service>/X.j2 becomes etc/<service>/X of the cloud."""

import shutil
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from localcloud import model, steps, zones
from localcloud.model import Cloud
from localcloud.zones import Zone

TEMPLATES = Path(__file__).parent / "templates"


def context(
    cloud: Cloud, services: list[steps.Service], venv: Path, machine: dict[str, Any]
) -> dict[str, Any]:
    """Everything a template or a step's command may name; `machine` has virt_type, apt_proxy and mirrors.

    `first` is the zone with the services; `zone` the one in which a step is done, replaced for another.
    """
    shims = cloud.folder("etc") / "shims"
    path = f"{venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "name": cloud.name,
        "netns": cloud.netns,
        "sock": cloud.sock,
        "public_address": cloud.public_address,
        "external_gateway": cloud.external_gateway,
        "service_address": model.SERVICE_ADDRESS,
        "chrony": model.unpacked("chrony"),
        "packages_cache": model.cache_root() / "apt",
        "first": zones.first(cloud),
        "zone": zones.first(cloud),
        "endpoints": steps.endpoints(services),
        "guests_reach": steps.guests_reach(services),
        "services_reach": steps.services_reach(services),
        "ca_file": cloud.ca_file,
        "secrets": cloud.secrets,
        "venv": venv,
        "path": path,
        "path_with_shims": f"{shims}:{path}",
        **{kind: cloud.folder(kind) for kind in ("etc", "log", "state", "tls")},
        **machine,
    }


def environment() -> Environment:
    """Templates that name something unknown fail instead of rendering a hole."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - these are configuration files, not HTML
    )


def text(value: str, values: dict[str, Any]) -> str:
    """Render one string of a service's data."""
    return environment().from_string(str(value)).render(values)


def deep(value: Any, values: dict[str, Any]) -> Any:
    """Render every string of a structure."""
    if isinstance(value, str):
        return text(value, values)
    if isinstance(value, dict):
        return {key: deep(item, values) for key, item in value.items()}
    return [deep(item, values) for item in value] if isinstance(value, list) else value


def files(values: dict[str, Any], services: list[steps.Service]) -> dict[str, str]:
    """Relative path under the zone's etc/ to content: what the zone of these values needs."""
    env = environment()
    names = [str(path.relative_to(TEMPLATES)) for path in sorted(TEMPLATES.glob("*/*.j2"))]
    return {
        name.removesuffix(".j2"): env.get_template(name).render(values)
        for name in names
        if not name.endswith("-common.j2") and _is_for(values["zone"], name.removesuffix(".j2"), services)
    }


def _is_for(zone: Zone, name: str, services: list[steps.Service]) -> bool:
    """A template has its service's place; one of no service, the first."""
    folder, _, file = name.partition("/")
    service = next((service for service in services if service.name == folder), None)
    if service is None:
        return zone.is_first
    return steps.has(service.place, zone.number) or file in service.zone_files


def write(zone: Zone, services: list[steps.Service], values: dict[str, Any]) -> None:
    """Write the zone's etc/ and folders; an unchanged file keeps its inode, which may be mounted."""
    for name, content in files(values | {"zone": zone}, services).items():
        path = zone.etc / name
        if not path.exists() or path.read_text() != content:
            model.write_private(path, content)
        if content.startswith("#!"):
            path.chmod(0o700)
    for service in (service for service in services if service.stands_in(zone.number)):
        for folder in (*service.folders, f"lock/{service.name}"):
            (zone.state / folder).mkdir(parents=True, exist_ok=True)
        if zone.is_first:
            _share(zone.etc, service, Path(values["venv"]))


def _share(etc: Path, service: steps.Service, venv: Path) -> None:
    """What a service's processes read in every zone."""
    for source, names in service.from_venv.items():
        (etc / service.name).mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copyfile(venv / "etc" / source / name, etc / service.name / name)
    # oslo.config looks into ~/.<project> before /etc/<project>.
    home = etc / "home" / f".{service.name}"
    home.parent.mkdir(parents=True, exist_ok=True)
    if not home.is_symlink():
        home.symlink_to(etc / service.name)
