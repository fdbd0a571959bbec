"""`socle shell`: a person's own shell with the environment of tool runs and a prompt that says so."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from socle.env import Environment, export_lines

HOW_TO = """\
Socle, environment on cloud `{cloud}`, stack {stack}.
  pulumi preview                              what would change
  pulumi stack output                         addresses, hosts, containers
  ansible-playbook playbooks/site.yml         converge the hosts
  openstack server list                       the cloud itself (also: --os-cloud admin)
  socle hosts ssh local-services              log in through the bastion
  socle check                                 is every control enforced?
  exit                                        leave"""


def how_to(environment: Environment) -> str:
    """A short introduction to what works in this environment."""
    return HOW_TO.format(cloud=environment.cloud, stack=environment.stack)


def open_shell(environment: Environment) -> None:
    """Replace this process by `$SHELL`; never returns."""
    shell = os.environ.get("SHELL") or "/bin/bash"
    variables = environment.for_child()
    prompt = f"(socle {environment.cloud}) "
    arguments = [shell]
    if Path(shell).name == "bash":
        # The person's own start-up file may set PATH and prompt, so ours come after it.
        start = environment.folder / "bashrc"
        lines = [
            "[ ! -f ~/.bashrc ] || . ~/.bashrc",
            *export_lines(environment),
            f"PS1={shlex.quote(prompt)}$PS1",
        ]
        start.write_text("\n".join(lines) + "\n", encoding="utf-8")
        arguments += ["--rcfile", str(start)]
    else:
        variables["PS1"] = prompt + variables.get("PS1", "$ ")
    if sys.stdin.isatty():
        print(how_to(environment), flush=True)
    os.execvpe(shell, arguments, variables)  # noqa: S606 - the shell is the person's own
