"""Names for several clients that share an adapter."""

from __future__ import annotations

# Requests. {}: {"socket"}: where another client can join; `opscope adapter --join SOCKET` is the
# way there for one that speaks over its standard input and output.
SHARE = "opscope/share"
# {}: {"socket", "opened"}: opens a window that joins, where one can be opened here.
OPEN_WINDOW = "opscope/window"

# Events. {"breakpoints": rows as in BREAKPOINTS}: another client has set or removed some.
SHARED_POINTS = "opscope/sharedPoints"
# {"others": n}: how many more clients there are now.
CLIENTS = "opscope/clients"
