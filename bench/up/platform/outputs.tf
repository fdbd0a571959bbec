output "bastion_address" {
  description = "The floating IP through which everything is administered."
  value       = openstack_networking_floatingip_associate_v2.bastion.floating_ip
}

output "hosts" {
  description = "Every host by its server's name."
  value = [
    for name, host in var.hosts : {
      name    = "${var.environment}-${name}"
      roles   = host.roles
      zone    = host.zone
      address = cidrhost(local.subnets[host.zone], host.number)
    }
  ]
}

output "container" {
  description = "Name of the object container."
  value       = openstack_objectstorage_container_v1.this.name
}

output "data_volume" {
  description = "The data volume: its id, its server and where it is to be mounted."
  value = one([
    for name, volume in local.volumes : {
      id    = openstack_blockstorage_volume_v3.data[name].id
      host  = "${var.environment}-${volume.host}"
      mount = volume.mount
    } if endswith(name, "-data")
  ])
}

output "zones" {
  description = "CIDR of each zone that stands."
  value       = local.subnets
}

output "core_router_id" {
  description = "Where a space's transit network is joined."
  value       = openstack_networking_router_v2.core.id
}
