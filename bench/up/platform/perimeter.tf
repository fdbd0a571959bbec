# Default deny, both ways: a new group opens nothing, not even egress, until a rule does.

resource "openstack_networking_secgroup_v2" "this" {
  for_each = var.groups

  name                 = "${var.environment}-${replace(each.key, "/", "-")}"
  description          = "What flows.yaml opens for the ${replace(each.key, "/", " ")}"
  delete_default_rules = true
  stateful             = true
  tags                 = local.tags
}

resource "openstack_networking_secgroup_rule_v2" "this" {
  for_each = var.rules

  description       = "flow ${join(", ", each.value.flows)}"
  security_group_id = openstack_networking_secgroup_v2.this[each.value.group].id
  direction         = each.value.direction
  ethertype         = "IPv4"
  protocol          = each.value.protocol
  port_range_min    = each.value.first
  port_range_max    = each.value.last
  remote_ip_prefix  = each.value.remote
}
