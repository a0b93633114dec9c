"""`python -m ticket_bench`."""

import sys

from ticket_bench.cli import main

if __name__ == "__main__":
    sys.exit(main())
