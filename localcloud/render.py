"""Configuration files: every templates/<service>/X.j2 becomes etc/<service>/X of the cloud."""

import shutil
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from localcloud import model, steps
from localcloud.model import Cloud

TEMPLATES = Path(__file__).parent / "templates"


def context(
    cloud: Cloud, services: list[steps.Service], venv: Path, machine: dict[str, Any]
) -> dict[str, Any]:
    """Everything a template or a step's command may name; `machine` has virt_type, apt_proxy and mirrors."""
    shims = cloud.folder("etc") / "shims"
    path = f"{venv}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {
        "name": cloud.name,
        "netns": cloud.netns,
        "sock": cloud.sock,
        "public_address": cloud.public_address,
        "external_gateway": cloud.external_gateway,
        "service_address": model.SERVICE_ADDRESS,
        "compute_host": model.COMPUTE_HOST,
        "chrony": model.unpacked("chrony"),
        "packages_cache": model.cache_root() / "apt",
        "endpoints": steps.endpoints(services),
        "guests_reach": steps.guests_reach(services),
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


def files(values: dict[str, Any]) -> dict[str, str]:
    """Relative path under etc/ to content."""
    env = environment()
    names = [str(path.relative_to(TEMPLATES)) for path in sorted(TEMPLATES.glob("*/*.j2"))]
    return {
        name.removesuffix(".j2"): env.get_template(name).render(values)
        for name in names
        if not name.endswith("-common.j2")
    }


def write(cloud: Cloud, services: list[steps.Service], values: dict[str, Any]) -> None:
    """Write etc/ and the services' folders; an unchanged file keeps its inode, which may be mounted."""
    etc = cloud.folder("etc")
    for name, content in files(values).items():
        path = etc / name
        if not path.exists() or path.read_text() != content:
            model.write_private(path, content)
        if content.startswith("#!"):
            path.chmod(0o700)
    for service in services:
        for folder in (*service.folders, f"lock/{service.name}"):
            (cloud.folder("state") / folder).mkdir(parents=True, exist_ok=True)
        for source, names in service.from_venv.items():
            (etc / service.name).mkdir(parents=True, exist_ok=True)
            for name in names:
                shutil.copyfile(Path(values["venv"]) / "etc" / source / name, etc / service.name / name)
        # oslo.config looks into ~/.<project> before /etc/<project>.
        home = etc / "home" / f".{service.name}"
        home.parent.mkdir(parents=True, exist_ok=True)
        if not home.is_symlink():
            home.symlink_to(etc / service.name)
