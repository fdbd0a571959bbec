"""How long checking a host takes beside one SSH round trip for each control."""
