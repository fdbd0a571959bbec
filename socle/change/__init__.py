"""`socle change`: a change that one person proposes, another approves, and that is then done exactly so.

`plan` reads what pulumi saved, `record` keeps a change's folder, `bound` is what an approval holds for,
`signing` who signed, `judge` whether all of it still holds, `work` runs pulumi. Why: docs/decisions/0020.
"""
