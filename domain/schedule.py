"""When something that is to happen now and then is due: by days, in the calendar's own zone.

```yaml
full: weekly on sunday      # daily | weekly on DAY | monthly on N (a shorter month: its last day)
```
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

DAYS = tuple(name.lower() for name in calendar.day_name)


def is_due(schedule: str, last: date | None, today: date) -> bool:
    """Tell whether a day of the schedule has come after `last`, today included; without one, always."""
    if last is None:
        return True
    days = (last + timedelta(days=number) for number in range(1, min((today - last).days, 62) + 1))
    return any(_is_on(schedule.partition(" at ")[0].split(), day) for day in days)


def _is_on(words: list[str], day: date) -> bool:
    match words:
        case ["daily"] | ["hourly"]:
            return True
        case ["weekly", "on", name]:
            return DAYS[day.weekday()] == name
        case ["monthly", "on", number]:
            last = calendar.monthrange(day.year, day.month)[1]
            return day.day == min(int(number), last)
    return False
