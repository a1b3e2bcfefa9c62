"""The deadline reader: a client's answer to "by when?" as a day in the calendar.

Where to look for the rule of a phrase:

- `distractors`: what looks like a date and is none (addresses, laws, telephones, names)
- `days`, `periods`, `spans`, `hours`: the phrases themselves, one rule each, in their order
- `moments`: how they join ("prima di", ranges, a day and its hour, days from an event)
- `roles`: whether a date is the limit, a wish, an event, background or when to ring
- `tones`: no deadline, as soon as possible, with calm, in spring
- `several`: several things in one message, each with its own day
- `changes`: a change to the deadlines held, such as «il 20, non il 15»
- `spelling`: misspelt words; `vocabulary`: the words; `calendars`: the arithmetic
"""

from actions.logic.deadlines.changes import change_deadlines
from actions.logic.deadlines.reader import Deadline, in_words, read_deadline
from actions.logic.deadlines.several import read_deadlines

__all__ = ["Deadline", "change_deadlines", "in_words", "read_deadline", "read_deadlines"]
