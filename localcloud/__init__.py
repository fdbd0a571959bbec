"""The embedded cloud: a real OpenStack in one folder, one network namespace and one mount namespace."""
