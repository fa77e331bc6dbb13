"""Workers in processes of their own, one forked and one spawned."""

import multiprocessing
import warnings


def work(word: str) -> None:
    print(f"from a {word} worker", flush=True)


def act() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)
    for way in ("fork", "spawn"):
        worker = multiprocessing.get_context(way).Process(target=work, args=(f"{way}ed",))
        worker.start()
        worker.join()
        print(f"{way}: exit code {worker.exitcode}", flush=True)
