"""The deadline reader: a client's answer to "by when?" as a day in the calendar.

The rules follow the written conventions for deadlines; see docs/ for them. A message passes
through `spelling`, `distractors`, the rules of `days`, `periods`, `spans` and `hours`, and
`roles`; `reader` puts them together.
"""

from actions.logic.deadlines.reader import Deadline, in_words, read_deadline

__all__ = ["Deadline", "in_words", "read_deadline"]
