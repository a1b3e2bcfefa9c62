"""The words of the reports: complete in both languages, none too many."""

from __future__ import annotations

import re
from string import Formatter

import yaml

from tests.conftest import HOME

WORDS = yaml.safe_load((HOME / "data" / "reports" / "training.yml").read_text(encoding="utf-8"))


def test_every_text_stands_in_both_languages_with_the_same_values() -> None:
    for name, texts in WORDS.items():
        assert set(texts) == {"it", "en"}, name
        assert all(text.strip() for text in texts.values()), name
        values = [{field for _, field, _, _ in Formatter().parse(t)} for t in texts.values()]
        assert values[0] == values[1], name


def test_every_text_is_used_and_every_used_text_is_there() -> None:
    source = (HOME / "bot" / "learning" / "sheet.py").read_text(encoding="utf-8")
    used = set(re.findall(r'words\("(\w+)"', source))
    # Named by a result, or in a list of headings.
    used |= set(re.findall(r'"(\w+)"', "".join(re.findall(r"for name in \((.*?)\)", source))))
    used |= {"right", "partly", "wrong"}
    assert used == set(WORDS)
