"""A small Pulumi provider: it keeps a platform from being taken away under the spaces that stand on it.

The engine asks it before anything is deleted, in a plain `pulumi destroy` too, which runs no program.
`carried` asks the cloud and judges, `service` speaks the providers' protocol. Why: docs/decisions/0012.
"""
