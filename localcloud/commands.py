"""Arguments and environment of the processes that steps start."""

from typing import Any

from localcloud import render
from localcloud.steps import Step


def environment(step: Step, values: dict[str, Any]) -> dict[str, str]:
    """The whole environment: nothing of the caller's leaks in (OS_ variables, proxies)."""
    etc = values["etc"]
    base = {
        "PATH": values["path"],
        # oslo.config reads ~/.<project>/, where each service's folder is linked.
        "HOME": str(etc / "home"),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "VIRTUAL_ENV": str(values["venv"]),
        "OS_KEYSTONE_CONFIG_FILES": str(etc / "keystone/keystone.conf"),
    }
    return base | {key: render.text(value, values) for key, value in step.env.items()}


def arguments(step: Step, values: dict[str, Any]) -> list[str]:
    """The argument list of a process; never a password, since everybody can read it."""
    if step.kind == "process":
        return [render.text(word, values) for word in step.body]
    options = step.body
    application = ["--module", f"{options.get('module')}:application"]
    if "file" in options:
        application = ["--wsgi-file", render.text(options["file"], values)]
    return [
        "uwsgi",
        *("--http-socket", f"127.0.0.1:{options['port']}"),
        *("--virtualenv", str(values["venv"])),
        *application,
        *("--processes", str(options.get("processes", 1))),
        *("--threads", str(options.get("threads", 4))),
        *("--master", "--enable-threads", "--need-app", "--die-on-term"),
        # Without it neutron forks after its threads began, and hangs.
        "--lazy-apps",
        *("--buffer-size", "65535", "--listen", "128"),
        *("--http-chunked-input", "--http-auto-chunked", "--http-raw-body"),
        *("--add-header", "Connection: close"),
        *("--procname-prefix-spaced", f"{values['netns']} {step.name}"),
    ]
