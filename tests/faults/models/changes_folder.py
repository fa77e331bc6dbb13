"""Goes elsewhere, and forgets where it was."""

import os
import tempfile


def act() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
