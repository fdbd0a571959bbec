"""Enters the program as Pulumi does, on tables of a test's own."""

import runpy
from pathlib import Path
from unittest import mock

import pulumi
from pulumi.runtime.config import set_all_config

from infra import stackfile
from infra.stackfile import ROOT
from tests.unit.infra.program import Run, listen


def enter(stack: str, tree: Path) -> Run:
    """What infra/ asked for on the tables of `tree`; every request is in when it returns or gives up."""
    result = Run()
    listen(result, stack)
    set_all_config({})

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program() -> None:
        runpy.run_path(str(ROOT / "infra"), run_name="__main__")

    with mock.patch.object(stackfile, "ROOT", tree), mock.patch("pulumi.log.error") as log:
        try:
            program()
        except SystemExit:
            result.told = [call.args[0] for call in log.call_args_list]
    return result
