"""Workers that go on when the model does: one forked, one spawned, one a program."""

import multiprocessing
import subprocess
import sys
import time
import warnings


def work() -> None:
    print("worker started", flush=True)
    time.sleep(600)


def act() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)
    for way in ("fork", "spawn"):
        multiprocessing.get_context(way).Process(target=work, daemon=True).start()
    text = "print('worker started', flush=True); import time; time.sleep(600)"
    subprocess.Popen([sys.executable, "-c", text])
    while True:
        time.sleep(600)
