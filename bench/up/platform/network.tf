# Two routers, and a network for each zone. Every zone is on the core router, which leads nowhere else;
# those with a gateway are on the edge router too.

locals {
  subnets = {
    for name, zone in var.zones :
    name => cidrsubnet(var.network, var.zone_prefix - parseint(split("/", var.network)[1], 10), zone.index)
  }
  edge_zones = toset([for name, zone in var.zones : name if zone.gateway])
}

data "openstack_networking_network_v2" "external" {
  name     = var.external_network
  external = true
}

resource "openstack_networking_router_v2" "edge" {
  name                = "${var.environment}-edge"
  description         = "The only way between the zones that have a gateway and the outside"
  admin_state_up      = true
  external_network_id = data.openstack_networking_network_v2.external.id
  tags                = local.tags
}

resource "openstack_networking_router_v2" "core" {
  name           = "${var.environment}-core"
  description    = "Between the zones and to the spaces; it leads nowhere else"
  admin_state_up = true
  tags           = local.tags
}

resource "openstack_networking_network_v2" "zone" {
  for_each = var.zones

  name                  = "${var.environment}-${each.key}"
  description           = each.value.purpose
  admin_state_up        = true
  port_security_enabled = true
  tags                  = local.zone_tags[each.key]
}

resource "openstack_networking_subnet_v2" "zone" {
  for_each = var.zones

  name        = "${var.environment}-${each.key}"
  description = each.value.purpose
  network_id  = openstack_networking_network_v2.zone[each.key].id
  ip_version  = 4
  cidr        = local.subnets[each.key]
  gateway_ip  = each.value.gateway ? cidrhost(local.subnets[each.key], 1) : null
  no_gateway  = each.value.gateway ? null : true
  enable_dhcp = false
  tags        = local.zone_tags[each.key]

  allocation_pool {
    start = cidrhost(local.subnets[each.key], 3)
    end   = cidrhost(local.subnets[each.key], 9)
  }
}

resource "openstack_networking_router_interface_v2" "edge" {
  for_each = local.edge_zones

  router_id = openstack_networking_router_v2.edge.id
  subnet_id = openstack_networking_subnet_v2.zone[each.key].id
}

# The core router's port in each zone. A router sends what others sent: no port security, no groups.
resource "openstack_networking_port_v2" "core" {
  for_each = var.zones

  name                  = "${var.environment}-${each.key}-core"
  description           = "The core router's port in this zone"
  network_id            = openstack_networking_network_v2.zone[each.key].id
  admin_state_up        = true
  port_security_enabled = false
  no_security_groups    = true
  tags                  = local.zone_tags[each.key]

  fixed_ip {
    subnet_id  = openstack_networking_subnet_v2.zone[each.key].id
    ip_address = cidrhost(local.subnets[each.key], 2)
  }
}

resource "openstack_networking_router_interface_v2" "core" {
  for_each = var.zones

  router_id = openstack_networking_router_v2.core.id
  port_id   = openstack_networking_port_v2.core[each.key].id
}

# The one route that hosts learn: to the environment's whole network.
resource "openstack_networking_subnet_route_v2" "core" {
  for_each = var.zones

  subnet_id        = openstack_networking_subnet_v2.zone[each.key].id
  destination_cidr = var.network
  next_hop         = cidrhost(local.subnets[each.key], 2)
}
