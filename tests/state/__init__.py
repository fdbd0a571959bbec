"""The real pulumi on a real PostgreSQL: teams, killed holders, moves, secrets. Needs no cloud."""
