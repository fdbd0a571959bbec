"""Declares every case, one after the other, under one provider."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import pulumi_openstack as openstack

from tests.policies.cases.kit import CASES, REGION, Case

provider = openstack.Provider("shared", region=REGION, auth_url="https://identity.example/v3")
for declared in CASES.values():
    declared.build(Case(declared.name, provider))
