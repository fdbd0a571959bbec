"""`python -m socle`: the same as the `socle` script."""

from socle.cli import main

if __name__ == "__main__":
    main()
