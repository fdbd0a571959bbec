"""`socle local`: the whole chain on the embedded cloud, from nothing to checked hosts, and back."""
