# What every resource says about itself: as metadata, and as tags where a service keeps tags.

locals {
  labels = {
    env   = var.environment
    layer = "platform"
    owner = var.owner
    class = "technical"
  }
  tags = [for key, value in local.labels : "${key}=${value}"]

  zone_labels = {
    for name, zone in var.zones : name => merge(local.labels, { zone = name, class = zone.data_class })
  }
  zone_tags = {
    for name, labels in local.zone_labels : name => [for key, value in labels : "${key}=${value}"]
  }
}
