"""The questions of the staff training: ``data/quiz/<topic>.yml``, read and checked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, Extra, Field, ValidationError, validator

from actions.firm import LANGUAGES, Texts

CaseAnswer = Literal["internal", "external", "third_party", "customer"]
Sources = Mapping[str, frozenset[tuple[str, str]]]
_Model = TypeVar("_Model", bound=BaseModel)
ENOUGH_EXAMPLES = 5
_NAME = r"^[a-z][a-z0-9_]*$"


class QuizError(Exception):
    """Training questions have mistakes; the message has one line for each, with file and item."""


class _Part(BaseModel):
    class Config:
        extra = Extra.forbid
        allow_mutation = False
        anystr_strip_whitespace = True
        min_anystr_length = 1


class Wording(Texts):
    """A few words in each language; they may be the same in both («browser»)."""

    @validator("it", "en", pre=True)
    def _text(cls, value: Any) -> str:
        return _quoted(value)


class Sentence(Wording):
    """A sentence in each language."""

    @validator("en")
    def _translated(cls, value: str, values: dict[str, Any]) -> str:
        if value == values.get("it"):
            raise ValueError("is the same text as the Italian one: translate it")
        return value


class _Question(_Part):
    """What every item has; ``source`` is written as the answers of the FAQ write it."""

    id: str = Field(regex=_NAME)
    faq: str
    source: str
    question: Sentence
    explanation: Sentence


class Option(Wording):
    """One answer of a multiple choice, and what is said to the one who chooses it."""

    right: bool = False
    feedback: Sentence


class Choice(_Question):
    """A multiple choice with one right option."""

    kind: Literal["choice"]
    options: tuple[Option, ...]

    @validator("options")
    def _one_is_right(cls, value: tuple[Option, ...]) -> tuple[Option, ...]:
        if not 2 <= len(value) <= 5:
            raise ValueError(f"write two to five options, not {len(value)}")
        right = sum(option.right for option in value)
        if right != 1:
            raise ValueError(f"mark exactly one option with `right: true`, not {right or 'none'}")
        _refuse_repeats(value)
        return value


class TrueFalse(_Question):
    """A statement that is true or false."""

    kind: Literal["true_false"]
    answer: bool


class Case(_Question):
    """A described situation: what is this person or body to the firm?"""

    kind: Literal["case"]
    answer: CaseAnswer


class Pair(_Part):
    """A term and what belongs to it."""

    term: Wording
    match: Wording


class Matching(_Question):
    """Terms, each to be joined with what belongs to it."""

    kind: Literal["matching"]
    pairs: tuple[Pair, ...]

    @validator("pairs")
    def _unmistakable(cls, value: tuple[Pair, ...]) -> tuple[Pair, ...]:
        if not 2 <= len(value) <= 5:
            raise ValueError(f"write two to five pairs, not {len(value)}")
        _refuse_repeats([pair.term for pair in value])
        _refuse_repeats([pair.match for pair in value])
        return value


class Ways(_Part):
    """Ways of saying the same thing, in each language."""

    it: tuple[str, ...]
    en: tuple[str, ...]

    @validator("it", "en", pre=True, each_item=True)
    def _text(cls, value: Any) -> str:
        return _quoted(value)

    @validator("it", "en")
    def _some(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("write at least one")
        return value

    @validator("en")
    def _equal(cls, value: tuple[str, ...], values: dict[str, Any]) -> tuple[str, ...]:
        italian = values.get("it")
        if italian is not None and len(italian) != len(value):
            raise ValueError(
                f"has {len(value)} and Italian {len(italian)}: write equally many in both languages"
            )
        return value

    def in_language(self, language: str) -> tuple[str, ...]:
        """Return the English ways for ``en`` and the Italian ones otherwise."""
        return self.en if language == "en" else self.it


class KeyPoint(Sentence):
    """Something that a written answer should say; without the essential ones it is not right."""

    id: str = Field(regex=_NAME)
    essential: bool
    ways: Ways


class Example(_Part):
    """An answer that somebody may write, with the points that it makes."""

    text: str
    points: tuple[str, ...]

    @validator("text", pre=True)
    def _text(cls, value: Any) -> str:
        return _quoted(value)


class Examples(_Part):
    """Answers to one question in each language; see ``data/quiz/answers/``."""

    it: tuple[Example, ...]
    en: tuple[Example, ...]


class FreeText(_Question):
    """A question that is answered in the learner's own words."""

    kind: Literal["free_text"]
    points: tuple[KeyPoint, ...]

    @validator("points")
    def _gradable(cls, value: tuple[KeyPoint, ...]) -> tuple[KeyPoint, ...]:
        if not any(point.essential for point in value):
            raise ValueError("write at least one with `essential: true`")
        for name, number in Counter(point.id for point in value).items():
            if number > 1:
                raise ValueError(f"the id {name!r} stands there twice")
        _refuse_repeats(value)
        return value


Item = Choice | TrueFalse | Case | Matching | FreeText
KINDS: Mapping[str, type[Item]] = {
    "choice": Choice,
    "true_false": TrueFalse,
    "case": Case,
    "matching": Matching,
    "free_text": FreeText,
}


@dataclass(frozen=True)
class Topic:
    """The items of one file, under the name that learners choose it by."""

    id: str
    name: Texts
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Quiz:
    """All topics by id, in the order of the files' names.

    ``titles`` are those of the FAQ's entries; ``examples`` are answers to questions of free text,
    of which one without any is graded by its points and their ways alone.
    """

    topics: Mapping[str, Topic]
    titles: Mapping[str, Texts] = field(default_factory=dict)
    examples: Mapping[str, tuple[Example, ...]] = field(default_factory=dict)

    @cached_property
    def items(self) -> Mapping[str, Item]:
        """All items by id."""
        return {item.id: item for topic in self.topics.values() for item in topic.items}


def load_quiz(data: Path) -> Quiz:
    """Return the training questions of ``data/quiz/``.

    Args:
        data: The folder that holds ``quiz/``, and the FAQ that the questions belong to.

    Raises:
        QuizError: with every mistake of every file.
    """
    reader = _Reader(_documents(data), _faq_sources(data))
    topics = [reader.topic(path) for path in sorted(data.glob("quiz/*.yml"))]
    if not topics:
        reader.mistakes.append("data/quiz holds no topics")
    items = {item.id: item for topic in topics if topic for item in topic.items}
    examples = {
        path.stem: reader.examples(path, items.get(path.stem))
        for path in sorted(data.glob("quiz/answers/*.yml"))
    }
    if reader.mistakes:
        raise QuizError("\n".join(reader.mistakes))
    return Quiz({topic.id: topic for topic in topics if topic}, _faq_titles(data), examples)


class _Reader:
    """Reads one file after the other; keeps the mistakes, and where each id was met first."""

    def __init__(self, documents: Mapping[str, str], sources: Sources) -> None:
        self.mistakes: list[str] = []
        self._documents = documents
        self._sources = sources
        self._met: dict[str, str] = {}

    def topic(self, path: Path) -> Topic | None:
        file = f"data/quiz/{path.name}"
        if not re.fullmatch(_NAME, path.stem):
            self.mistakes.append(f"{file}: name the file with small letters and underscores")
        content = self._content(path, file)
        if content is None:
            return None
        if not isinstance(content, dict) or set(content) != {"topic", "items"}:
            self.mistakes.append(f"{file}: a topic has exactly these parts: topic, items")
            return None
        name = self._parsed(Sentence, content["topic"], f"{file}: topic")
        entries = content["items"]
        if not isinstance(entries, list) or not entries:
            self.mistakes.append(f"{file}: the topic has no items; each starts with `- id:`")
            return None
        items = [self._item(file, number, entry) for number, entry in enumerate(entries, 1)]
        return name and Topic(path.stem, name, tuple(item for item in items if item))

    def examples(self, path: Path, item: Item | None) -> tuple[Example, ...]:
        file = f"data/quiz/answers/{path.name}"
        if not isinstance(item, FreeText):
            self.mistakes.append(f"{file}: there is no question of free text {path.stem!r}")
            return ()
        content = self._content(path, file)
        parsed = None if content is None else self._parsed(Examples, content, file)
        if parsed is None:
            return ()
        known = {point.id for point in item.points}
        for language in LANGUAGES:
            for number, example in enumerate(getattr(parsed, language), 1):
                for name in sorted({*example.points} - known):
                    self.mistakes.append(
                        f"{file}: {language} → no. {number}: the question has no point {name!r}"
                    )
            made = Counter(name for each in getattr(parsed, language) for name in each.points)
            for name in sorted(known):
                if made[name] < ENOUGH_EXAMPLES:
                    self.mistakes.append(
                        f"{file}: {language}: only {made[name]} answers make the point {name}: "
                        f"write at least {ENOUGH_EXAMPLES}"
                    )
        return (*parsed.it, *parsed.en)

    def _content(self, path: Path, file: str) -> Any:
        """Return what a file holds; None where it can't be read, which is noted."""
        try:
            return yaml.load(path.read_text(encoding="utf-8"), _OnceLoader) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = re.sub(r'in "[^"]*",', "at", str(error))
            self.mistakes.append(f"{file}: {' '.join(reason.split())}")
            return None

    def _item(self, file: str, number: int, content: Any) -> Item | None:
        name = content.get("id") if isinstance(content, dict) else None
        if not isinstance(name, str):
            self.mistakes.append(f"{file}: item no. {number}: write its id, like `- id: who_pays`")
            return None
        place = f"{file}: {name}"
        if name in self._met:
            self.mistakes.append(f"{place}: there is an item with this id in {self._met[name]}")
        self._met.setdefault(name, file)
        kind = KINDS.get(str(content.get("kind")))
        if kind is None:
            kinds = ", ".join(KINDS)
            self.mistakes.append(f"{place}: kind: {content.get('kind')!r} is none of {kinds}")
            return None
        faq = content.get("faq")
        if "faq" in content and str(faq) not in self._sources:
            self.mistakes.append(f"{place}: faq: there is no entry {faq!r} in data/faq")
        found = dict(content)
        if "source" in content:
            found["source"] = self._source(content["source"], place)
        return self._parsed(kind, found, place)

    def _source(self, sources: Any, place: str) -> str:
        """Return the source as the FAQ's answers write it."""
        if not _is_list_of_parts(sources):
            self.mistakes.append(f"{place}: source: write a list, each with document and section")
            return "?"
        known = frozenset().union(*self._sources.values())
        found = []
        for source in sources:
            document, section = str(source.get("document")), str(source.get("section"))
            if document not in self._documents:
                names = ", ".join(self._documents)
                self.mistakes.append(f"{place}: source: the document must be one of {names}")
            elif (document, section) not in known:
                self.mistakes.append(
                    f"{place}: source: no file in data/faq names the section {section!r} "
                    f"of {document}: copy the source from there"
                )
            found.append(f"{self._documents.get(document)}, {section}")
        return "; ".join(found)

    def _parsed(self, kind: type[_Model], content: Any, place: str) -> _Model | None:
        if not isinstance(content, dict):
            self.mistakes.append(f"{place}: write it and en below, each with its text")
            return None
        try:
            parsed: _Model = kind.parse_obj(content)
        except ValidationError as error:
            self.mistakes += [
                f"{place}: {' → '.join(map(_place, mistake['loc']))}{_reason(mistake)}"
                for mistake in error.errors()
            ]
            return None
        return parsed


# Written in C where the package was built with it: ten times as fast.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _OnceLoader(_Loader):
    """Refuses what YAML lets pass in silence: the same name twice, of which one is lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in names:
                problem = f"{name!r} stands there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            names.add(name)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def _documents(data: Path) -> Mapping[str, str]:
    return dict(_content(data / "documents.yml"))


def _faq_sources(data: Path) -> Sources:
    """Return what each entry of the FAQ names as its source; its own loader tells mistakes."""
    found = {}
    for path in data.glob("faq/*.yml"):
        sources: Any = _content(path).get("source")
        found[path.stem] = frozenset(
            (str(each.get("document")), str(each.get("section")))
            for each in (sources if _is_list_of_parts(sources) else ())
        )
    return found


def _faq_titles(data: Path) -> Mapping[str, Texts]:
    found = {path.stem: _content(path).get("title") for path in data.glob("faq/*.yml")}
    return {
        name: Texts(it=str(title.get("it")), en=str(title.get("en")))
        for name, title in found.items()
        if isinstance(title, dict)
    }


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_list_of_parts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _quoted(value: Any) -> str:
    # YAML reads `no` and `sì: 3` as something else than text.
    if value is not None and not isinstance(value, str):
        raise ValueError("is not read as text: put it in quotation marks")
    return value or ""


def _refuse_repeats(wordings: Sequence[Texts]) -> None:
    for language in LANGUAGES:
        texts = Counter(wording.in_language(language) for wording in wordings)
        for text, number in texts.items():
            if number > 1:
                raise ValueError(f"«{text}» stands there twice")


def _place(part: int | str) -> str:
    # People count lines of a list from one.
    return f"no. {part + 1}" if isinstance(part, int) else str(part)


def _reason(mistake: Mapping[str, Any]) -> str:
    """Return what is wrong, in words for somebody who does not program."""
    kind = str(mistake["type"])
    if kind == "value_error.missing":
        return " is missing"
    if kind in ("value_error.any_str.min_length", "type_error.none.not_allowed"):
        return " is empty"
    if kind == "value_error.extra":
        return ": there is no such part"
    if kind == "type_error.bool":
        return ": write true or false"
    if kind == "value_error.const":
        return f": write one of {', '.join(mistake['ctx']['permitted'])}"
    if kind == "value_error.str.regex":
        return ": write small letters and underscores"
    if kind == "type_error.tuple":
        return ": write a list, each line of it with a dash"
    if kind == "type_error.dict":
        return ": write its parts below, each with its name"
    return f": {mistake['msg']}"
