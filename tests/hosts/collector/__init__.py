"""Reads the effective state of a host; sent to it whole and run there as root by Debian's python3.

Standard library only, and no judgement: `tests/hosts/checks` compares. Each section is {"value": ...} or
{"error": why it could not be read}, so that one broken tool does not hide the others. No password hash, key
or file content beyond rules of access ever leaves the host.
"""
