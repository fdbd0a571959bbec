# Encrypted volumes and the versioned container.

locals {
  volumes = merge([
    for host, facts in var.hosts : {
      for name, volume in facts.volumes :
      "${host}-${name}" => merge(volume, { host = host, zone = facts.zone })
    }
  ]...)
}

resource "openstack_blockstorage_volume_v3" "data" {
  for_each = local.volumes

  name                 = "${var.environment}-${each.key}"
  description          = "${each.value.mount} of ${var.environment}-${each.value.host}"
  size                 = each.value.size_gib
  volume_type          = var.encrypted_volume_type
  availability_zone    = var.availability_zone
  enable_online_resize = false
  metadata             = local.zone_labels[each.value.zone]
}

# With several volumes on one host the order would decide the device, and `for_each` has none.
resource "openstack_compute_volume_attach_v2" "data" {
  for_each = local.volumes

  instance_id = openstack_compute_instance_v2.host[each.value.host].id
  volume_id   = openstack_blockstorage_volume_v3.data[each.key].id

  # Never detached on its own: deleting the server does it.
  lifecycle {
    destroy = false
  }
}

resource "openstack_objectstorage_container_v1" "this" {
  name       = "${var.environment}-${var.container.name}"
  versioning = true
  metadata   = merge(local.labels, { purpose = var.container.purpose })
}
