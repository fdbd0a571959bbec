"""A full scan of the cloud beside `pulumi refresh` and OpenTofu's plan: requests, time, memory, growth."""
