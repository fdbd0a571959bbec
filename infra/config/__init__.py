"""What each table of stacks/ may say: strict, frozen models, whose complaints say the fix.

One module a table. Whether two tables agree is checked in specification.py and plan/, where the
arithmetic on them is too.
"""

from infra.config.administrators import Administrator, Administrators
from infra.config.base import Protocol, StackTable, Table, port_range, strong_public_key
from infra.config.data import Base, BaseVolume, Data, Release
from infra.config.flows import Flow, Flows
from infra.config.hosts import FIRST_HOST, LAST_HOST, Host, Volume, ZoneHost
from infra.config.platform import ObjectContainer, Platform
from infra.config.profile import Outside, Profile
from infra.config.space import Phase, Quota, Space
from infra.config.zones import SPACES, Spaces, Zone, Zones

__all__ = [
    "FIRST_HOST",
    "LAST_HOST",
    "SPACES",
    "Administrator",
    "Administrators",
    "Base",
    "BaseVolume",
    "Data",
    "Flow",
    "Flows",
    "Host",
    "ObjectContainer",
    "Outside",
    "Phase",
    "Platform",
    "Profile",
    "Protocol",
    "Quota",
    "Release",
    "Space",
    "Spaces",
    "StackTable",
    "Table",
    "Volume",
    "Zone",
    "ZoneHost",
    "Zones",
    "port_range",
    "strong_public_key",
]
