"""`python -m opscope`: the same program as the `opscope` command."""

import sys

from opscope.app.cli import main

if __name__ == "__main__":
    sys.exit(main())
