"""`socle state`: where Pulumi's state lies, moving it to PostgreSQL, its locks, and what is in clear in it.

Plain `pulumi` needs none of it: the address of the state is `PULUMI_BACKEND_URL`, which `socle env` exports.
"""
