"""Side-by-side timings, one package a peer; each prints a ratio and keeps it in docs/measured/."""
