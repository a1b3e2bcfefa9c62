"""Reference codes: short, easy to read out on the telephone, and not to be guessed."""

from __future__ import annotations

import secrets

# Without 0/O, 1/I/L, 2/Z, 5/S, 8/B and U/V: nobody mistakes one letter for another.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
GROUPS = (4, 4)


def new_reference() -> str:
    """Draw a reference code such as ``K7PM-3XQD`` (23**8, about 78 thousand million)."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(size)) for size in GROUPS)
