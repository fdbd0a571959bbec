"""Live hosts beside what roles, tables and their image declare. Reads what `socle check` collected in its
one trip.

`roles` reads the roles' own tasks, `rendered` has Ansible write what they would put on each host, `image`
is what
the build recorded; `declared` makes of these what a host has to have, `found` of the host's answers what it
has.
"""
