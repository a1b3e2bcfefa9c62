"""Drafts of FAQ entries: files in ``data/drafts/`` that a person completes, checks and publishes.

Neither the training nor the assistant reads them there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from actions.firm import LANGUAGES
from actions.logic.masking import PLACEHOLDER
from actions.logic.wording import fold
from actions.store.questions import Question
from bot.data_check import LEAST, find_faults, same
from bot.faq import Entry, find_mistakes, load_faq
from bot.questions import Group
from bot.training_messages import TrainingMessage, load_training_messages
from bot.understanding.labels import Floats, as_asked, centred
from bot.understanding.model import Understanding
from bot.understanding.rejection import OUT_OF_SCOPE

BLANKS = {"it": "DA COMPLETARE", "en": "TO COMPLETE"}
# Lines of a draft that begin with this are for whoever completes it.
ADVICE = "#>"
LONGEST_NAME = 60  # the database notes which entry an answer came from
LONGEST_TITLE = 75  # Slack cuts longer ones on buttons
NAME_WORDS = 5
# By leaving each entry out of a training and checking its examples as a draft, with some of others.
LIKELY = 0.5
MARGIN = 0.15
NEIGHBOURS = 3
_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_NAME - 1}}}")
_TEMPLATE = Path(__file__).parent / "draft.yml"


class DraftError(Exception):
    """A draft can't be made, read or published; the message says why."""


@dataclass(frozen=True)
class Content:
    """What a person writes into a draft, by language where there are two; empty: still to do.

    ``document`` is a name of ``data/documents.yml``; ``questions`` are one to a line.
    """

    title: Mapping[str, str] = field(default_factory=dict)
    document: str = ""
    section: str = ""
    answer: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)


def write_draft(
    group: Group,
    faq: Mapping[str, Entry],
    data: Path,
    name: str | None,
    content: Content | None = None,
) -> Path:
    """Write a new draft with a group's questions as its examples, and return its path.

    A question that is an example of another entry word by word is left out: no draft may have it.

    Args:
        group: The questions.
        faq: The entries that there are.
        data: The folder of data files.
        name: The new entry's id; without one it is made of the typical question's first words.
        content: What is known already; without its own questions it gets those of the group.

    Raises:
        DraftError: no question is left, the name can't be used, or the file can't be written.
    """
    homes = {
        same(text): entry.id
        for entry in faq.values()
        for texts in entry.questions.values()
        for text in texts
    }
    left = [question for question in group.questions if same(question.text) not in homes]
    if not left:
        raise DraftError(
            f"The group holds examples of data/faq/{homes[same(group.typical.text)]}.yml only: "
            "write a better answer there, then dismiss the group."
        )
    name = _name(group) if name is None else name
    if not _NAME.fullmatch(name):
        raise DraftError(
            f"{name!r} can't be the name of an entry: use at most {LONGEST_NAME} small letters, "
            "digits and underscores, a letter first."
        )
    if name in faq:
        raise DraftError(f"data/faq/{name}.yml is there already: choose another name with --id.")
    # An entry that is gone is in the model until the next training.
    nearest = [other for other in group.nearest if other in faq]
    path = data / "drafts" / f"{name}.yml"
    if path.exists():
        raise DraftError(
            f"data/drafts/{name}.yml is there already: complete it, or choose another name "
            "with --id."
        )
    content = content or Content()
    asked = {language: content.questions.get(language, "") for language in LANGUAGES}
    if not any(asked.values()):
        asked = {language: _examples(left, language) for language in LANGUAGES}
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(_text(path, nearest, faq, replace(content, questions=asked)))
    except OSError as error:
        raise DraftError(f"{path} can't be written: {error.strerror}.") from None
    return path


def rewrite_draft(path: Path, content: Content, faq: Mapping[str, Entry]) -> None:
    """Write a draft anew with what a person changed in it; its related entries stay.

    Raises:
        DraftError: it is not there, or can't be read or written.
    """
    related = _read(path).get("related") or ()
    text = _text(path, [other for other in related if other in faq], faq, content)
    try:
        # As a whole or not at all.
        new = path.with_suffix(".new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise DraftError(f"{path} can't be written: {error.strerror}.") from None


def read_draft(path: Path) -> Content:
    """Return what stands in a draft; what is still to be completed is empty.

    Raises:
        DraftError: it is not there, can't be read, or is no draft.
    """
    content = _read(path)

    def written(*names: str | int) -> str:
        value = content
        for name in names:
            try:
                value = value[name]
            except (KeyError, IndexError, TypeError):
                return ""
        text = "" if value is None else str(value).strip()
        return "" if _is_blank(text) else text

    return Content(
        title={language: written("title", language) for language in LANGUAGES},
        document=written("source", 0, "document"),
        section=written("source", 0, "section"),
        answer={language: written("answer", language) for language in LANGUAGES},
        questions={language: written("questions", language) for language in LANGUAGES},
    )


def suggested_name(group: Group) -> str:
    """Return the name that a draft of a group gets where nobody chooses one."""
    return _name(group)


def _text(path: Path, nearest: Sequence[str], faq: Mapping[str, Entry], content: Content) -> str:
    """Return a draft's file; a blank stands where something is still to be written."""
    return _TEMPLATE.read_text(encoding="utf-8").format(
        path=f"data/drafts/{path.name}",
        titles="\n".join(
            f"{ADVICE}   {other}: {faq[other].title['it']} / {faq[other].title['en']}"
            for other in nearest
        ),
        related=", ".join(nearest),
        it_least=LEAST["it"],
        en_least=LEAST["en"],
        document=_quoted(content.document) if content.document else BLANKS["it"],
        section=_quoted(content.section or BLANKS["it"]),
        **{
            f"title_{language}": _quoted(content.title.get(language) or BLANKS[language])
            for language in LANGUAGES
        },
        **{
            # In a folded block an empty line is the end of a line.
            f"answer_{language}": _block(content.answer.get(language), language, "\n\n")
            for language in LANGUAGES
        },
        **{
            f"questions_{language}": _block(content.questions.get(language), language, "\n")
            for language in LANGUAGES
        },
    )


def _quoted(text: str) -> str:
    """Return a text as YAML writes one on a line; JSON's strings are such."""
    return json.dumps(" ".join(_printable(text).split()), ensure_ascii=False)


def _block(text: str | None, language: str, between: str) -> str:
    """Return the lines of a block in YAML; a space in front would change what a block means."""
    lines = [_printable(line).strip() for line in (text or BLANKS[language]).splitlines()]
    return between.join(f"    {line}" for line in lines if line)


def _printable(text: str) -> str:
    # Some signs that people type are none that YAML may hold.
    return "".join(c for c in text if c.isprintable())


def drafts_in(data: Path) -> list[Path]:
    """Return the files of all drafts."""
    return sorted((data / "drafts").glob("*.yml"))


def place_of(path: Path, data: Path) -> str:
    """Return how a file is called in what is said of it: from the project's folder on, if in it."""
    path = path.absolute()
    return str(path.relative_to(data.parent) if data.parent in path.parents else path)


def find_draft_mistakes(
    paths: Sequence[Path], data: Path, understanding: Understanding | None
) -> list[str]:
    """Return one line for each thing to mend in these drafts.

    Args:
        paths: Their files.
        data: The folder of data files.
        understanding: The trained model; without it nothing is said of examples that mean the same
            as those of another entry in other words.

    Raises:
        DraftError: a file can't be read.
        FaqError, MessagesError: the data files have mistakes themselves.
    """
    faq = load_faq(data)
    training = load_training_messages(data)
    documents = yaml.safe_load((data / "documents.yml").read_text(encoding="utf-8"))
    mistakes = []
    for path in paths:
        place = place_of(path, data)
        content = _read(path)
        label = f"faq/{path.stem}"
        messages = list(_messages(content, label, place))
        found = [
            *_misnamed(path.stem, faq),
            *_blank(content),
            *find_mistakes(content, faq, documents),
            *_badly_titled(content, messages),
            *_masked(messages),
            *(
                f
                for f in find_faults([*training, *messages], {})
                if f.startswith((f"{place}: ", f"{label} "))
            ),
            *(_stolen(messages, training, faq, understanding) if understanding else ()),
        ]
        mistakes += [f"{place}: {mistake.removeprefix(f'{place}: ')}" for mistake in found]
    return mistakes


def find_owners(texts: Sequence[str], understanding: Understanding) -> list[str | None]:
    """Return for each example of a draft the entry or intent that it belongs to, if to any.

    That is what the assistant takes it for, unless the draft's other examples are almost as near to
    it as the messages of that label: entries that are neighbours share words with each other, and
    an example that was put into the wrong draft shares few with the rest of it. Figures in
    docs/adr/0012-questions-that-teach.md.
    """
    if not texts:
        return []
    model = understanding.labels
    asked = [as_asked(text) for text in texts]
    vectors = understanding.encoder.encode(asked)
    likely = np.exp(model.by_all(model.by_letters(asked), vectors))
    unit = centred(vectors, model.mean)
    owners: list[str | None] = []
    for row, label in enumerate(likely.argmax(axis=1)):
        there = model.examples[model.example_labels == label] @ unit[row]
        here = np.delete(unit, row, axis=0) @ unit[row]
        owned = (
            model.labels[label] != OUT_OF_SCOPE
            and likely[row, label] >= LIKELY
            and _nearness(there) - _nearness(here) >= MARGIN
        )
        owners.append(model.labels[label] if owned else None)
    return owners


def publish_draft(path: Path, data: Path) -> Path:
    """Move a draft without mistakes among the FAQ's entries, without the advice in it.

    Raises:
        DraftError: it can't be moved.
    """
    target = data / "faq" / f"{path.stem}.yml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.lstrip().startswith(ADVICE))
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
        # Unlike a draft, an entry is no secret, and the bot may run as another user.
        target.chmod(0o644)
        path.unlink()
    except FileExistsError:
        raise DraftError(f"data/faq/{target.name} is there already: rename the draft.") from None
    except OSError as error:
        raise DraftError(f"{target} can't be written: {error.strerror}.") from None
    return target


def _name(group: Group) -> str:
    words = re.findall(r"[a-z0-9]+", fold(PLACEHOLDER.sub(" ", group.typical.text)))
    name = "_".join(words[:NAME_WORDS])[:LONGEST_NAME]
    return name if _NAME.fullmatch(name) else f"question_{group.id}"


def _examples(questions: Sequence[Question], language: str) -> str:
    """Return questions one to a line; what differs in case or punctuation only stands once."""
    texts: dict[str, str] = {}
    for question in questions:
        text = _printable(question.text).strip()
        if question.language == language and text:
            texts.setdefault(same(text), text)
    return "\n".join(texts.values())


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DraftError(f"{path} can't be read: {error.strerror}.") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).replace('in "<unicode string>", ', "").split())
        raise DraftError(f"{path}: {reason}") from None


def _messages(content: Any, label: str, file: str) -> Iterator[TrainingMessage]:
    questions = content.get("questions") if isinstance(content, dict) else None
    for language in LANGUAGES:
        text = questions.get(language) if isinstance(questions, dict) else None
        for line in text.splitlines() if isinstance(text, str) else ():
            if line.strip() and not _is_blank(line):
                yield TrainingMessage(line.strip(), language, label, file)


def _is_blank(text: str) -> bool:
    return any(blank in text for blank in BLANKS.values())


def _misnamed(name: str, faq: Collection[str]) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield "name the file with small letters, digits and underscores, a letter first"
    if name in faq:
        yield f"data/faq/{name}.yml is there already: give this file another name"


def _blank(content: Any, place: str = "") -> Iterator[str]:
    """Yield what still stands as the draft was written; of the document another line is said."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _blank(value, f"{place} → {key}" if place else str(key))
    elif isinstance(content, list):
        for value in content:
            yield from _blank(value, place)
    elif isinstance(content, str) and _is_blank(content) and not place.endswith("document"):
        yield f"{place} is still to be completed"


def _badly_titled(content: Any, messages: Sequence[TrainingMessage]) -> Iterator[str]:
    titles = content.get("title") if isinstance(content, dict) else None
    for language in LANGUAGES:
        title = titles.get(language) if isinstance(titles, dict) else None
        if not isinstance(title, str) or not title.strip() or _is_blank(title):
            continue
        if len(title) > LONGEST_TITLE:
            yield f"title → {language} has {len(title)} characters: at most {LONGEST_TITLE} fit"
        # Whoever presses the button says the title.
        if same(title) not in {same(m.text) for m in messages if m.language == language}:
            yield f"title → {language} is no line of questions → {language}: add it there"


def _masked(messages: Sequence[TrainingMessage]) -> Iterator[str]:
    for message in messages:
        if found := PLACEHOLDER.search(message.text):
            yield (
                f"«{message.text}» holds {found.group()}, where personal data stood: write "
                "something else, or take the line out"
            )


def _stolen(
    messages: Sequence[TrainingMessage],
    training: Sequence[TrainingMessage],
    faq: Mapping[str, Entry],
    understanding: Understanding,
) -> Iterator[str]:
    known = {same(message.text) for message in training}  # of these something else is said
    left = [message for message in messages if same(message.text) not in known]
    owners = find_owners([message.text for message in left], understanding)
    for message, owner in zip(left, owners):
        if owner:
            entry = faq.get(owner.removeprefix("faq/"))
            title = f"«{entry.title[message.language]}»" if entry else owner
            file = f"data/{owner}.yml" if entry else "data/nlu.yml"
            yield f"«{message.text}» means {title} already: write it into {file}, or leave it out"


def _nearness(cosines: Floats) -> float:
    return float(np.sort(cosines)[-NEIGHBOURS:].mean()) if len(cosines) else 0.0
