"""Stands in for ssh: runs what it is told in a shell of its own home, with noise like a real login.

Given as OPSCOPE_SSH. It hands bytes on through pipes, as ssh does, so that its death leaves the far
end with a closed line. What it must do is read from the address: `<what>@<anything>`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
from pathlib import Path

BANNER = "*** Welcome to the cluster. Content-Length: 7 ***\nLast login: today\n{}\n"
REFUSALS = {
    "nokey": "stand.in: Permission denied (publickey,password).",
    "changed": "@ REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.",
    "unknown": "Host key verification failed.",
    "nobody": "ssh: Could not resolve hostname stand.in: Name or service not known",
    "closed": "ssh: connect to host stand.in port 22: Connection refused",
}


def command(home: Path) -> str:
    """For OPSCOPE_SSH; `home` is the home folder at the far end."""
    home.mkdir(parents=True, exist_ok=True)
    return shlex.join([sys.executable, str(Path(__file__).resolve()), str(home)])


def main(home: str, words: list[str]) -> int:
    """Take ssh's words, and be its far end as well."""
    told = words.index("--")
    user, _, _ = words[told + 1].partition("@")
    Path(home, "ssh-words").write_text("\n".join(words))
    if user in REFUSALS:
        sys.stderr.write(REFUSALS[user] + "\n")
        return 255
    sys.stdout.write(BANNER)
    sys.stdout.flush()
    environment = {
        "HOME": home,
        "PATH": "/nowhere" if user == "bare" else str(Path(home, "bin")) + ":/usr/bin:/bin",
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    shell = subprocess.Popen(
        ["/bin/sh", "-c", f"echo rc files talk, too; exec /bin/{words[told + 2]}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=home,
        start_new_session=True,
    )
    Path(home, "far-pid").write_text(str(shell.pid))
    assert shell.stdin is not None
    assert shell.stdout is not None
    threading.Thread(
        target=_pump, args=(0, shell.stdin.fileno(), shell.stdin.close), daemon=True
    ).start()
    _pump(shell.stdout.fileno(), 1)
    return shell.wait()


def _pump(reading: int, writing: int, end: object = None) -> None:
    try:
        while data := os.read(reading, 1 << 16):
            while data:
                data = data[os.write(writing, data) :]
    except OSError:
        pass
    if callable(end):
        end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
