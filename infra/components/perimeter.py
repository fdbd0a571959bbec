"""The perimeter: a security group for each zone and role, holding the planned rules and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_openstack as openstack

from infra.components.labels import Labels
from infra.plan.rules import Rule


@dataclass(frozen=True)
class PerimeterArgs:
    """`rules`: each with the names of the flows that want it."""

    name: str
    labels: Labels
    groups: Sequence[str]
    rules: Mapping[Rule, Sequence[str]]


class Perimeter(pulumi.ComponentResource):
    """Default deny, both ways: a new group opens nothing, not even egress, until a flow does."""

    group_ids: dict[str, pulumi.Output[str]]
    """Security group of each `zone/<zone>` and `role/<role>`."""

    def __init__(self, args: PerimeterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the groups, then their rules."""
        super().__init__("socle:network:Perimeter", f"{args.name}-perimeter", None, opts)
        self.group_ids = {}
        groups = {group: self._group(group, args) for group in args.groups}
        for rule, flows in args.rules.items():
            self._rule(rule, flows, args.name, groups[rule.group])
        self.register_outputs({"group_ids": self.group_ids})

    def _group(self, group: str, args: PerimeterArgs) -> openstack.networking.SecGroup:
        kind, _, what = group.partition("/")
        resource = openstack.networking.SecGroup(
            f"{args.name}-{kind}-{what}",
            name=f"{args.name}-{kind}-{what}",
            description=f"What flows.yaml opens for the {kind} {what}",
            delete_default_rules=True,
            stateful=True,
            tags=args.labels.tags(),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.group_ids[group] = resource.id
        return resource

    def _rule(
        self, rule: Rule, flows: Sequence[str], prefix: str, group: openstack.networking.SecGroup
    ) -> None:
        # Named by its content, so that no rule is touched when a line of the table moves.
        kind, _, what = rule.group.partition("/")
        openstack.networking.SecGroupRule(
            f"{prefix}-{kind}-{what}-{rule.direction}-{rule.protocol}-{rule.ports}-{rule.remote}",
            # The flow's name, not its reason: rewording a reason must not replace a rule.
            description="flow " + ", ".join(flows),
            security_group_id=group.id,
            direction=rule.direction,
            ethertype="IPv4",
            protocol=rule.protocol,
            port_range_min=rule.first,
            port_range_max=rule.last,
            remote_ip_prefix=str(rule.remote),
            # The provider refuses two rules that let the same through.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
