"""docs/benchmarks.md has a part for each benchmark; each benchmark writes its own."""

from __future__ import annotations

import re
from pathlib import Path


def write_part(path: Path, content: str) -> None:
    """Put a part in the place of the one with the same heading, or at the end.

    Args:
        path: The page.
        content: Begins with a heading of the first level.
    """
    heading = content.split("\n", 1)[0]
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    parts = [part for part in re.split(r"^(?=# )", page, flags=re.MULTILINE) if part.strip()]
    headings = [part.split("\n", 1)[0] for part in parts]
    content = content.strip() + "\n"
    if heading in headings:
        parts[headings.index(heading)] = content
    else:
        parts.append(content)
    path.write_text("\n".join(part.strip() + "\n" for part in parts), encoding="utf-8")
