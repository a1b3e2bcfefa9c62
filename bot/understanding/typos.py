"""Typing errors to train on: the classifier should know a word with a slip of the finger in it."""

from __future__ import annotations

import random

LETTERS_A_SLIP = 25
_NEIGHBOURS = "aeioulnrstcd"


def misspell(text: str, draw: random.Random) -> str:
    """Return a text with a letter left out, doubled, swapped or mistaken for every 25 letters."""
    letters = list(text)
    for _ in range(max(1, len(letters) // LETTERS_A_SLIP)):
        if len(letters) < 4:
            break
        place = draw.randrange(1, len(letters) - 1)
        slip = draw.randrange(4)
        if slip == 0:
            del letters[place]
        elif slip == 1:
            letters.insert(place, letters[place])
        elif slip == 2:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
        else:
            letters[place] = draw.choice(_NEIGHBOURS)
    return "".join(letters)
