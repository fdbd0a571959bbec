"""Hosts as operators meet them: which there are, their pinned SSH keys, and a login.

How a host is trusted: its key comes from the server's console log, which the hypervisor writes and the
cloud's API serves over TLS to an authenticated caller; cloud-init prints the key there before anyone can
log in. So a pin trusts the provider and the image's first boot, nothing else: no key is accepted on sight.
"""
