"""`socle drift`: what is not as declared, and what could not be read. Reads only; changes nothing.

`asking` speaks to the cloud, GET and HEAD; `network`, `compute`, `storage` and `identity` list it; `declared`
reads the stacks' states; `compare` holds one against the other; `judge` makes records; `chain` keeps them.
"""
