"""From Azure Blob Storage to Swift, proven object by object: inventory, copy, verify, certify, status.

`names`, `headers`, `merkle`, `partitions` and `pace` are pure. Cutover and rollback are not built.
"""
