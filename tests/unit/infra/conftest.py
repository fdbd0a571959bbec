"""Keeps the SDK's own deprecation notices, which are no business of ours, out of the report."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Silence them."""
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning:pulumi_openstack.*")
