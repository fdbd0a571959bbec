"""Layers compose components into a stack, and do nothing else: no arithmetic, no facts."""
