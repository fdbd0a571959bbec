# The facts; terraform.tfvars.json is written from the same tables as the Pulumi program's.

variable "environment" {
  description = "Name of the environment; every name begins with it."
  type        = string
}

variable "owner" {
  description = "Who answers for it."
  type        = string
}

variable "region" {
  description = "Region of the cloud."
  type        = string
}

variable "availability_zone" {
  description = "Where servers and volumes are."
  type        = string
}

variable "external_network" {
  description = "Name of the provider's network that leads out."
  type        = string
}

variable "image" {
  description = "Name of the hosts' image; the newest is taken."
  type        = string
}

variable "encrypted_volume_type" {
  description = "The only type that a data volume gets."
  type        = string
}

variable "public_key" {
  description = "The SSH key that logs in first, in OpenSSH's format."
  type        = string
}

variable "network" {
  description = "Block that every subnet is cut out of."
  type        = string
}

variable "zone_prefix" {
  description = "Length of a zone's subnet."
  type        = number
}

variable "zones" {
  description = "Zones that stand here; `index` is the subnet's place in the network."
  type = map(object({
    index      = number
    purpose    = string
    data_class = string
    gateway    = bool
  }))
}

variable "hosts" {
  description = "Servers; `number` is the last part of the address, `volumes` are by name."
  type = map(object({
    zone   = string
    number = number
    roles  = list(string)
    flavor = string
    volumes = map(object({
      size_gib = number
      mount    = string
    }))
  }))
}

variable "container" {
  description = "The object container."
  type = object({
    name    = string
    purpose = string
  })
}

variable "groups" {
  description = "Security groups, as kind/name: one a zone and one a role."
  type        = set(string)
}

variable "rules" {
  description = "What the flows open, by a name that says all of it; `group` is one of `groups`."
  type = map(object({
    group     = string
    direction = string
    protocol  = string
    first     = number
    last      = number
    remote    = string
    flows     = list(string)
  }))
}
