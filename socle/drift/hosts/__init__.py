"""Live hosts beside what roles, tables and their image declare. Reads what `socle check` collected.

`roles` reads the roles' own tasks, `rendered` has Ansible write what they would put on each host, `image` is
what the build recorded. `software`, `access`, `files` and `kernel` hold that against what a host answered,
kind by kind; `compare` makes findings of it, `report` records. `look` is the pair `hosts` as a whole.
"""
