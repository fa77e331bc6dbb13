"""What runs on a host before Opscope is there: a shell script, and Python that takes the archive.

The script goes to `sh` by its standard input, and nothing more is sent before it has answered: a
shell may read ahead. Answers are lines of JSON behind a mark that no banner can guess.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from .host import Host

BAD_ACTIVATION = 97  # exit codes of the script
NO_PYTHON = 98

# In order of preference, once those that were named did not do.
_PYTHONS = ("python3", "python", *(f"python3.{minor}" for minor in range(14, 9, -1)))

_SCRIPT = """\
opscope_find() {{
  for python in {pythons}; do
    case $python in '~/'*) python=$HOME/${{python#'~/'}} ;; esac
    found=$("$python" -I -c 'import sys
print("%d.%d.%d" % sys.version_info[:3])
sys.exit(sys.version_info < (3, 10))' </dev/null 2>/dev/null)
    if [ $? -eq 0 ]; then
      exec "$python" -I -c {code} {mark}
    fi
    if [ -n "$found" ]; then echo "$python is Python $found" >&2; fi
  done
  exit {no_python}
}}
opscope_find
"""
_ACTIVATED = """\
opscope_enter() {{
  OPSCOPE_FIND={find}
  OPSCOPE_ACTIVATE={activate}
  export OPSCOPE_FIND OPSCOPE_ACTIVATE
  login=-l
  case $SHELL in *csh) login= ;; esac
  exec "${{SHELL:-sh}}" $login -c {command}
}}
opscope_enter
"""
_ENTER = 'eval "$OPSCOPE_ACTIVATE" </dev/null || exit {bad}; exec sh -c "$OPSCOPE_FIND"'
_ENVIRONMENT = "OPSCOPE_ASKED={asked}\nexport OPSCOPE_ASKED\n"

# Takes Opscope's archive, if it is not there yet, and becomes the adapter.
_TAKE = r"""
import hashlib, io, json, os, shutil, sys, tempfile, time, zipfile
MONTH = 30 * 86400
def say(**facts):
    os.write(1, ("\n" + sys.argv[1] + " " + json.dumps(facts) + "\n").encode())
def fail(sentence):
    say(problem=sentence)
    sys.exit(1)
def receive(size):
    parts = []
    while size:
        part = os.read(0, min(size, 1 << 20))
        if not part:
            sys.exit(1)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
def unpack(data, place):
    fresh = tempfile.mkdtemp(prefix=".new-", dir=os.path.dirname(place))
    zipfile.ZipFile(io.BytesIO(data)).extractall(fresh)
    try:
        os.rename(fresh, place)
    except OSError:
        shutil.rmtree(fresh)
        if not os.path.isdir(place):
            raise
def drop_old(cache):
    for name in os.listdir(cache):
        path = os.path.join(cache, name)
        if time.time() - os.stat(path).st_mtime > MONTH:
            shutil.rmtree(path, ignore_errors=True)
asked = json.loads(os.environ.pop("OPSCOPE_ASKED"))
for name in ("OPSCOPE_FIND", "OPSCOPE_ACTIVATE"):
    os.environ.pop(name, None)
cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
cache = os.path.join(cache, "opscope", "remote")
passing = ""
try:
    os.makedirs(cache, 0o700, exist_ok=True)
    drop_old(cache)
    with tempfile.TemporaryFile(dir=cache):
        pass
except OSError:
    cache = passing = tempfile.mkdtemp(prefix="opscope-")
place = os.path.join(cache, asked["digest"][:20])
try:
    if os.path.isdir(place):
        os.utime(place)
    else:
        say(send=True)
        data = receive(asked["size"])
        if hashlib.sha256(data).hexdigest() != asked["digest"]:
            fail("What was sent arrived damaged.")
        unpack(data, place)
    os.chdir(os.path.expanduser(asked["folder"] or "~"))
except OSError as error:
    if passing:
        shutil.rmtree(passing, ignore_errors=True)
    fail("%s: %s." % (error.filename or place, error.strerror or error))
os.environ.update(asked["environment"])
start = ("import sys; sys.path.insert(0, %r); from opscope.tracers.adapter.far import main;"
         " sys.exit(main(sys.argv[1:]))" % place)
words = [sys.executable, "-I", "-c", start, sys.argv[1]]
os.execv(sys.executable, words + [passing] if passing else words)
"""


def script(host: Host, hint: str, mark: str, digest: str, size: int) -> bytes:
    """For the standard input of `sh`. `hint`: an interpreter that may be meant for the model."""
    named = (host.python,) if host.python else (*((hint,) if hint else ()), *_PYTHONS)
    asked: dict[str, Any] = {
        "digest": digest,
        "size": size,
        "folder": host.folder,
        "environment": dict(host.environment),
    }
    find = _SCRIPT.format(
        pythons=" ".join(shlex.quote(name) for name in named),
        code=shlex.quote(_TAKE),
        mark=shlex.quote(mark),
        no_python=NO_PYTHON,
    )
    text = _ENVIRONMENT.format(asked=shlex.quote(json.dumps(asked)))
    if not host.activation:
        return (text + find).encode()
    text += _ACTIVATED.format(
        find=shlex.quote(find),
        activate=shlex.quote(host.activation),
        command=shlex.quote(_ENTER.format(bad=BAD_ACTIVATION)),
    )
    return text.encode()
