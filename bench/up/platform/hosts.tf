# Key pair, ports, servers, and the address of the bastion.

locals {
  bastion = one([for name, host in var.hosts : name if contains(host.roles, "bastion")])
}

data "openstack_images_image_v2" "host" {
  name        = var.image
  most_recent = true
}

data "openstack_compute_flavor_v2" "host" {
  for_each = toset([for host in var.hosts : host.flavor])

  name = each.key
}

resource "openstack_compute_keypair_v2" "automation" {
  name       = "${var.environment}-automation"
  public_key = var.public_key
}

resource "openstack_networking_port_v2" "host" {
  for_each = var.hosts

  name                  = "${var.environment}-${each.key}"
  description           = "The only port of ${var.environment}-${each.key}"
  network_id            = openstack_networking_network_v2.zone[each.value.zone].id
  admin_state_up        = true
  port_security_enabled = true
  tags                  = local.zone_tags[each.value.zone]

  security_group_ids = [
    for group in concat(["zone/${each.value.zone}"], [for role in each.value.roles : "role/${role}"]) :
    openstack_networking_secgroup_v2.this[group].id
  ]

  fixed_ip {
    subnet_id  = openstack_networking_subnet_v2.zone[each.value.zone].id
    ip_address = cidrhost(local.subnets[each.value.zone], each.value.number)
  }

  # A config drive is read once: routes and routers come before the host that learns of them.
  depends_on = [
    openstack_networking_router_interface_v2.core,
    openstack_networking_router_interface_v2.edge,
    openstack_networking_subnet_route_v2.core,
  ]
}

resource "openstack_compute_instance_v2" "host" {
  for_each = var.hosts

  name              = "${var.environment}-${each.key}"
  image_id          = data.openstack_images_image_v2.host.id
  flavor_id         = data.openstack_compute_flavor_v2.host[each.value.flavor].id
  availability_zone = var.availability_zone
  key_pair          = openstack_compute_keypair_v2.automation.name
  config_drive      = true
  tags              = local.zone_tags[each.value.zone]

  metadata = {
    socle_env   = var.environment
    socle_roles = join(",", each.value.roles)
    socle_zone  = each.value.zone
    socle_name  = "${var.environment}-${each.key}"
  }

  network {
    port = openstack_networking_port_v2.host[each.key].id
  }

  lifecycle {
    ignore_changes = [image_id]
  }

  # Volumes come first and go last, so that deleting the server is what detaches them.
  depends_on = [openstack_blockstorage_volume_v3.data]
}

resource "openstack_networking_floatingip_v2" "bastion" {
  pool        = var.external_network
  description = "The way in for administrators"
  tags        = local.zone_tags[var.hosts[local.bastion].zone]

  depends_on = [openstack_networking_router_interface_v2.edge]
}

resource "openstack_networking_floatingip_associate_v2" "bastion" {
  floating_ip = openstack_networking_floatingip_v2.bastion.address
  port_id     = openstack_networking_port_v2.host[local.bastion].id
}
