"""From Azure Blob Storage to Swift, proven object by object, and the cutover from one to the other.

`names`, `headers`, `merkle`, `partitions`, `pace`, `bandwidth` and `cutover.gates` are pure.
"""
