"""`pulumi up` of the platform beside OpenTofu: same provider code, same resources, one cloud."""
