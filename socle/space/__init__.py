"""`socle space`: the life of a project space, from its opening to its close.

A space is what its stack's file says; a verb changes that file, shows in words what follows, and brings it
about as `pulumi up` and the playbook would.
"""
