terraform {
  required_version = ">= 1.12"

  required_providers {
    # No registry serves this address: the provider comes from the benchmark's own mirror, which holds the
    # one version that Pulumi's provider wraps.
    openstack = {
      source = "socle.invalid/terraform-provider-openstack/openstack"
    }
  }
}

# Who we are comes from OS_CLOUD and its clouds.yaml, as it does for Pulumi.
provider "openstack" {
  region = var.region
}
