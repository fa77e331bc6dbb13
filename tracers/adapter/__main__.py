"""`python -m opscope.tracers.adapter`: the same as `opscope adapter`, without the window's side."""

import sys

from .supervisor import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
