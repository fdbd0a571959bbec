"""How build.py obtains the tool chain: the pins, what exists already, how the rest is built and kept."""
