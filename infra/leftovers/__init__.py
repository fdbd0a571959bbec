"""`python -m infra.leftovers`: what an interrupted or failed `pulumi up` left in the cloud, unknown to it.

Before each creation Pulumi writes into its state that the creation is pending, with all inputs and no id.
Three things can then go wrong, and a plain second `up` makes a second resource of the same name each time:

- Pulumi is killed: the creation stays pending in the state, and the cloud may have it or not.
- The provider gives up after the cloud did it (the connection broke, or waiting for the resource failed):
  Pulumi counts the creation as failed and forgets it.
- The resource was made and its id is known, but its tags were not set: Pulumi keeps it, with an error, and
  the next `up` believes that the tags are there.

Run before `up`, this takes away what holds no data and is in no state, takes volumes and attachments into
the state instead (nothing that may hold data is ever deleted), reads half-made resources again, and clears
the pending creations. `wanted` reads state and preview, `kinds` says how each kind is recognised, `decide`
judges, `cloud` lists and deletes, `stack` speaks to pulumi.
"""
