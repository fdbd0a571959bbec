"""One ComponentResource a file: Args and class. No facts of an environment and no arithmetic in here."""
