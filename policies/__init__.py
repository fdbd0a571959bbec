"""The policy pack: rules over a stack's whole resource graph (`pulumi preview --policy-pack policies`).

`engine` speaks to the engine, `values` says what its values are, `graph` is what policies read,
`families` holds the policies, `judge` runs them. Nothing here imports the rest of the project: the pack has a
locked environment of its own and works on stacks that this project did not write.
"""
