"""Named administrators: their second factor, their SSH certificates, and what was revoked.

Everything kept lies in `$SOCLE_SSH_DIR/../ca/people`, beside the authority of the logs: outside the
repository and Pulumi's state. Who may have what is said in stacks/administrators.yaml.
"""
