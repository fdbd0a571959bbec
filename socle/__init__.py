"""Socle's operators' command line. `pulumi up`, `ansible-playbook` and `pytest` work without it."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("socle")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"
