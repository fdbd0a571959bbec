"""From one authoritative side to the other, gate by gate, and back up to the point of no return.

`gates` says what may follow what (pure), `passage` keeps it on record, `source` and `deletion` act on the
source, `authority` on which side counts, `acceptance` on who agreed; `steps` passes gates, `returning` undoes
them. Why: docs/decisions/0037.
"""
