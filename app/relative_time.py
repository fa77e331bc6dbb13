"""When something happened, in the words of a list."""

from __future__ import annotations

from datetime import datetime

_MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def when_text(then: float, now: float) -> str:
    """Seconds since 1970, twice, to "12 min ago", "Today 09:41", "Monday" or "3 March"."""
    passed = now - then
    if -60 < passed < 60:
        return "Just now"
    if 0 < passed < 3600:
        return f"{int(passed // 60)} min ago"
    at, today = datetime.fromtimestamp(then), datetime.fromtimestamp(now)
    days = (today.date() - at.date()).days
    if days == 0:
        return f"Today {at:%H:%M}"
    if days == 1:
        return "Yesterday"
    if 1 < days < 7:
        return _DAYS[at.weekday()]
    month = f"{at.day} {_MONTHS[at.month - 1]}"
    return month if at.year == today.year else f"{month} {at.year}"
