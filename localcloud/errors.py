"""Errors a person can act on, with their exit codes; no traceback is shown for them."""


class CloudError(Exception):
    """Our own failure: something of the cloud did not start or answer (exit code 1)."""

    code = 1


class UsageError(CloudError):
    """The machine or the call is not fit: missing package, taken port, no root (exit code 2)."""

    code = 2
