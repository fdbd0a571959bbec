"""A closed space is opened again, with new hosts on the volume that it held. [nightly]"""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.live import on_host, outputs
from tests.cloud.space import DESK, STACK, server, settled, tables_restored, verb

MARK = "/srv/work/held"


@pytest.fixture(scope="module", autouse=True)
def tables() -> Any:
    with tables_restored():
        yield


def test_what_it_held_is_there_when_it_is_opened_again(cloud: Any) -> None:
    on_host(DESK, f"echo kept | sudo tee {MARK} && sync")
    before = server(cloud).id
    verb("close")
    assert server(cloud) is None
    verb("thaw")
    outputs.cache_clear()
    assert outputs(STACK)["phase"] == "open"
    assert server(cloud).id != before
    assert on_host(DESK, f"sudo cat {MARK}", fresh=True).strip() == "kept"
    settled()
