"""Requests that the adapter on a host answers by itself, so that files there can be chosen."""

from __future__ import annotations

# {}: a sign of life, without an answer. Sent all the time; where it is not, the adapter ends.
ALIVE = "opscope/alive"
# {"path"}: {"path": whole, "above": the folder around it, "rows": [[name, is a folder, bytes]]}.
# Relative paths begin in the adapter's folder; "~" is the home folder.
FOLDER = "opscope/folder"
# {"path", "first", "count"}: {"size"} of the file, and "count" bytes from "first" on as trailer.
FILE = "opscope/file"
# {"spec", "cwd"}: {"kind", "where", "name", "framework", "isFolder", "hasConfig": a config.json}
SPEC = "opscope/spec"
PYTHONS = "opscope/pythons"  # {"near"}: {"own": the adapter's, "paths": the likeliest first}
PYTHON = "opscope/python"  # {"path"}: {"text": what it prints when it is asked what it has}
SCRATCH = "opscope/scratch"  # {}: {"folder"}, which is gone when the adapter ends
