"""data/office.yml: every text in use is there, in both languages, and none is there in vain."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

import pytest
import yaml

from actions.firm import LANGUAGES
from actions.store import models, staff
from bot.office.mistakes import _PATTERNS
from bot.office.views.inbox import DUES, SORTS, TABS
from tests.conftest import HOME

TEXTS: dict[str, dict[str, str]] = yaml.safe_load(
    (HOME / "data" / "office.yml").read_text(encoding="utf-8")
)
OFFICE = HOME / "bot" / "office"
TEMPLATES = {path.name: path.read_text("utf-8") for path in OFFICE.rglob("*.html")}
CODE = {
    str(path.relative_to(HOME)): path.read_text("utf-8")
    for folder in ("actions", "bot/office", "bot/commands", "bot/channels")
    for path in sorted((HOME / folder).rglob("*.py"))
}
OURS = {name: text for name, text in CODE.items() if name.startswith("bot/office/")}
# Whose names are put together: all that may come after the beginning.
FAMILIES = {
    "status_": {*models.STATUSES, *models.CALLBACK_STATUSES},
    "role_": set(models.ROLES),
    "form_": set(models.FORMS),
    "relation_": set(models.RELATIONS),
    "language_": set(LANGUAGES),
    "deadline_": set(models.DEADLINE_KINDS) - {"date"},
    "reason_": set(models.DUPLICATE_REASONS),
    "consent_by_": set(models.CONSENT_WAYS),
    "topic_": set(models.TOPICS),
    "kind_": {*models.QUESTION_REASONS, "thumbs_down"},
    "who_": {"client", "assistant"},
    "tab_": set(TABS),
    "due_": set(DUES),
    "sort_": set(SORTS),
    "channel_": {"web", "slack", "rest"},
    "chart_": {"runs", "turns", "thumbs"},
    "error_": {"400", "403", "404", "405"},
    "callback_": set(),
    "run_": {"submitted", "kept", "open", "left", "cancelled", "refused"},
    "turn_": {"answered", "handed_off", "unanswered", "unclear"},
    "thumb_": {"up", "down"},
    "asked_": {
        *("consent", "client_name", "client_form", "contact", "relation", "email", "phone"),
        *("service", "expectations", "deadline", "confirm"),
    },
    "password_": {"short", "long", "repeated", "own", "usual"},
    "column_": {
        *("reference", "created", "status", "service", "channel", "client", "form", "relation"),
        *("contact", "email", "phone", "language", "expectations", "deadlines", "due", "taken"),
    },
    "field_": {"deadlines", "language"},
    "subject_": {"account", "callback", "question", "notification", "slack_post"},
    "limit_": {staff.EMAIL, staff.ADDRESS},
    "detail_": {"into", "dropped", "engagements", "other", "before"},
    "mistake_": set(_PATTERNS),
    **{
        f"{name}_": {"one", "many"}
        for name in (
            *("tile_new", "tile_questions", "tile_failures", "figure_requests", "figure_waiting"),
        )
    },
}


def named_in(text: str) -> set[str]:
    """Return the texts that a piece of a template or of code names whole."""
    called = r"""(?:\bt|\bwords|words_of\(request\))\(\s*["']([a-z_0-9]+)["']\s*(?=[,)])"""
    counted = re.findall(r"""counted\(\s*["'](\w+)["']""", text)
    refusals = re.findall(r'_RefusedError\(\d+, "(\w+)"\)', text)
    done = re.findall(r'(?:go_to\([^()]*(?:\([^()]*\))?[^()]*, |_change\(.*, )"(\w+)"\)', text)
    both = re.findall(r'"(\w+)" if \w+ else "(\w+)"\)', text)
    return {
        *re.findall(called, text),
        *re.findall(r"""\bt\(["'](\w+)["']\)""", text),
        *(f"{name}_{form}" for name in counted for form in ("one", "many")),
        *refusals,
        *(f"done_{name}" for name in done),
        *(f"done_{name}" for pair in both for name in pair if f"done_{name}" in TEXTS),
    }


def audit_actions() -> set[str]:
    """Return the words that code puts into the audit."""
    found = set()
    for text in CODE.values():
        found |= set(re.findall(r'\bnote\(\s*session,\s*[^,]+(?:\([^)]*\)[^,]*)?,\s*"(\w+)"', text))
        found |= set(re.findall(r'_note(?:_own|d)?\(\s*(?:session, )?[\w.]+, "(\w+)"', text))
        found |= set(re.findall(r'self\._file\(session, .*, "(\w+)"\)', text))
        found |= set(re.findall(r'action = "(\w+)" if \w+ else "\w+"', text))
        found |= set(re.findall(r'action = "\w+" if \w+ else "(\w+)"', text))
    return found


def refusal_codes() -> set[str]:
    found = set()
    for name in ("actions/store/casework.py", "bot/office/views/intakes.py"):
        for first, second in re.findall(
            r'RefusedError\([^)]*?"(\w+)"(?: if \w+ else "(\w+)")?\)', CODE[name]
        ):
            found |= {first, second} - {""}
    return found


def test_the_audit() -> None:
    actions = audit_actions()
    # What the scan has to find at least, so that it can't be blind.
    assert {
        *("read", "print", "export", "read_callbacks", "take", "take_over", "give_back", "merge"),
        *("set_status", "add_note", "correct", "callback_done", "callback_open", "draft", "reply"),
        *(
            "not_duplicate",
            "remove_contact",
            "publish",
            "draft_deleted",
            "dismiss_questions",
            "send_again",
        ),
        *("sign_in", "sign_out", "sign_in_refused", "sign_in_locked", "account_add"),
        *("account_password", "account_role", "account_disable", "account_enable"),
        *("account_language", "account_unlock", "calendar_add", "calendar_remove"),
    } <= actions
    assert {f"audit_{action}" for action in actions} <= set(TEXTS)
    told = {name for name in TEXTS if name.startswith("audit_")} - {"audit_text", "audit_who"}
    assert told <= {f"audit_{action}" for action in actions}


def test_refusals() -> None:
    codes = refusal_codes()
    fields = {"long"}  # what the fields' own checks give as their reason
    assert {"missing", "long", "invalid", "unknown", "unreachable", "date", "many"} <= codes
    assert {f"refused_{code}" for code in codes | fields} <= set(TEXTS)
    special = {"refused_email_invalid", "refused_phone_invalid"}
    told = {name for name in TEXTS if name.startswith("refused_")} - special
    assert told <= {f"refused_{code}" for code in codes | fields}


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family: str) -> None:
    assert {f"{family}{name}" for name in FAMILIES[family]} <= set(TEXTS)


def test_every_menu_has_a_name() -> None:
    names = {
        name
        for text in OURS.values()
        for name in re.findall(r'^    name = "(\w+)"\n(?:    \w+.*\n)*?    path', text, re.M)
    }
    assert len(names) == 10
    assert {f"menu_{name}" for name in names} == {n for n in TEXTS if n.startswith("menu_")}


def used() -> Iterator[str]:
    for text in (*TEMPLATES.values(), *OURS.values()):
        yield from named_in(text)
    for family, names in FAMILIES.items():
        yield from (f"{family}{name}" for name in names)
    # Named at a distance from where they are looked up.
    quoted = {n for text in OURS.values() for n in re.findall(r"""["']([a-z_0-9]{3,})["']""", text)}
    yield from quoted & set(TEXTS)
    yield from (f"done_{name}" for name in quoted if f"done_{name}" in TEXTS)


def test_what_is_used_is_there() -> None:
    for name, text in {**TEMPLATES, **OURS}.items():
        if "words" in name or "phrases" in name:
            continue
        missing = named_in(text) - set(TEXTS)
        assert not {m for m in missing if not m.startswith("done_")}, name


def test_what_is_there_is_used() -> None:
    dynamic = ("audit_", "refused_", "menu_")
    # By the status that a call-back gets, and by the name of a detail in the audit.
    others = {"done_callback_done", "done_callback_new", "searched"}
    unused = {name for name in TEXTS if not name.startswith(dynamic)} - set(used())
    assert unused == others


def test_done() -> None:
    """What a page is told by its address has a text, and the other way round."""
    marks = {
        name
        for text in OURS.values()
        for name in re.findall(r"(?:go_to|_change)\((?:.|\n)*?\)\n", text)
    }
    named = {word for mark in marks for word in re.findall(r'"(\w+)"', mark)}
    told = {name.removeprefix("done_") for name in TEXTS if name.startswith("done_")} - {"by"}
    assert told - named == {"signed_out", "callback_done", "callback_new"}


def test_both_languages() -> None:
    for name, text in TEXTS.items():
        assert set(text) == set(LANGUAGES), name
        values = {
            language: {
                field for _, field, _, _ in string.Formatter().parse(text[language]) if field
            }
            for language in LANGUAGES
        }
        assert values["it"] == values["en"], name
        for each in text.values():
            assert each == each.strip()
            assert "  " not in each
    for name in TEXTS:
        if name.endswith("_one"):
            assert f"{name.removesuffix('_one')}_many" in TEXTS


def test_we_say_lei() -> None:
    """Nobody is addressed as tu or voi, and no apostrophe stands for an accent."""
    for name, text in TEXTS.items():
        words = set(re.findall(r"[\wàèéìòù]+", text["it"].casefold()))
        assert not words & {"tu", "tuo", "tua", "tuoi", "tue", "ti", "vostro", "vostra", "voi"}, (
            name
        )
        assert not re.search(r"\b(e|puo|piu|perche|gia|cosi|sara)'(\s|$)", text["it"].casefold())
        assert not re.search(r"\b(perche|piu|puo|gia|cosi|cioe|poiche)\b", text["it"]), name


def test_a_mistake_in_the_file_is_told(tmp_path: object) -> None:
    from pathlib import Path

    from bot.office.words import Words, WordsError

    folder = Path(str(tmp_path))
    for content, said in (
        (None, "can't be read"),
        ("a: [", "can't be read"),
        ("a: {it: x}", "'a'"),
        ("a: x", "each language"),
        ("- a", "each language"),
        ("", "each language"),
    ):
        if content is not None:
            (folder / "office.yml").write_text(content, encoding="utf-8")
        with pytest.raises(WordsError, match=said):
            Words.load(folder, "it")
    (folder / "office.yml").write_text('a: {it: "{x}", en: "{y}"}', encoding="utf-8")
    words = Words.load(folder, "it")
    assert words("a", x=1) == "1"
    for name in ("b", "a"):
        with pytest.raises(WordsError, match=name):
            words(name, z=1)
