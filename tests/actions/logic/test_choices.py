"""data/choices.yml: what the database and the rules know must be there, by these names."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from actions.firm import Firm
from actions.logic.choices import Choices, ChoicesError, load_choices

FILE = Path(__file__).parents[3] / "data" / "choices.yml"


def test_the_shipped_choices(choices: Choices) -> None:
    assert list(choices["client_form"]) == ["individual", "company", "organisation", "government"]
    assert choices["relation"]["third_party"].name.in_language("en") == "Third party"
    assert set(choices["service"]) == {"tax", "accounting", "legal", "consulting", "it_support"}


@pytest.mark.parametrize(
    ("field", "options", "message"),
    [
        ("client_form", {"privato": {"it": "Privato", "en": "Individual"}}, "are exactly these"),
        ("relation", {"internal": "Interno"}, "must have it, en and words"),
        ("relation", {"internal": {"it": "Interno"}}, "internal → en is missing"),
    ],
)
def test_a_mistake_is_told(
    field: str, options: object, message: str, firm: Firm, tmp_path: Path
) -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    path = tmp_path / "choices.yml"
    path.write_text(yaml.safe_dump({**content, field: options}), encoding="utf-8")
    with pytest.raises(ChoicesError, match=message):
        load_choices(path, firm)


def test_a_file_that_is_no_list_of_choices(firm: Firm, tmp_path: Path) -> None:
    path = tmp_path / "choices.yml"
    for content in ("just words", "a: ["):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ChoicesError):
            load_choices(path, firm)
