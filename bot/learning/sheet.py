"""What a report says, whatever it is written on: facts and tables, already in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from actions.logic.item_analysis import FEWEST_ANSWERS, FEWEST_PEOPLE
from actions.logic.quiz import Quiz
from actions.store.training_report import Own, Team
from bot.learning.pictures import bars, columns
from bot.learning.words import Words

MOST_WEAK = 10
Row = Sequence[str]


@dataclass(frozen=True)
class Section:
    """A table under a heading; the first ``texts`` columns hold words, the others numbers."""

    title: str
    headings: Row
    rows: Sequence[Row]
    texts: int = 1
    text: str | None = None
    # Draws the same as SVG; only where it is looked at.
    picture: Callable[[], str] | None = None


@dataclass(frozen=True)
class Sheet:
    """A report: its title, what must be known to read it, facts, and tables."""

    language: str
    title: str
    notes: Sequence[str]
    facts: Sequence[tuple[str, str]]
    nothing: str  # what stands in place of an empty table
    sections: Sequence[Section] = field(default_factory=tuple)


def team_sheet(team: Team, quiz: Quiz, words: Words) -> Sheet:
    """Write about everybody; nobody is named."""
    notes = [_made(team, words), words("anonymous", people=FEWEST_PEOPLE)]
    if team.withheld:
        notes.append(words("withheld", people=FEWEST_PEOPLE))
    return Sheet(
        language=words.language,
        title=words("team_title"),
        notes=notes,
        facts=[
            (words("learners"), str(team.learners)),
            (words("active"), str(team.active)),
            (words("questions_in_all"), str(team.questions_in_all)),
            (words("seen_mean"), words.share(team.seen)),
            (words("remembered_mean"), words.share(team.remembered)),
        ],
        nothing=words("nothing"),
        sections=[
            _topics(
                [(each.topic, each.people, each.answers, each.right) for each in team.topics],
                quiz,
                words,
            ),
            _weak(team, quiz, words),
            _contested(team, quiz, words),
            _certainty(team, words),
            _weeks(team, words),
            Section(
                words("people"),
                [words("who"), words("seen"), words("due"), words("last")],
                [
                    [
                        words("person", number=person.number),
                        str(person.seen),
                        str(person.due),
                        words.day(person.last),
                    ]
                    for person in team.people
                ],
            ),
        ],
    )


def own_sheet(own: Own, quiz: Quiz, words: Words) -> Sheet:
    """Write to one learner about themselves."""
    progress, whole = own.progress, own.questions_in_all

    def share(some: int) -> str:
        of_all = words.share(some / whole if whole else None)
        return words("share", share=of_all, some=some, all=whole)

    topic_of = {item.id: topic.id for topic in quiz.topics.values() for item in topic.items}
    counts: dict[str, tuple[int, int]] = {}
    for tally in own.tallies:
        answers, right = counts.get(topic_of[tally.item], (0, 0))
        counts[topic_of[tally.item]] = (answers + tally.answers, right + tally.right)
    sections = [
        _topics([(t, None, *counts[t]) for t in quiz.topics if t in counts], quiz, words),
        _own_weak(own, quiz, words),
    ]
    notes = [words("person", number=own.number), _made(own, words)]
    if own.answers is not None:
        notes.append(words("for_you_alone"))
        sections.append(_answers(own, quiz, words))
    return Sheet(
        language=words.language,
        title=words("own_title"),
        notes=notes,
        facts=[
            (words("seen"), share(progress.seen)),
            (words("remembered"), share(own.remembered)),
            (words("due"), str(progress.due)),
            (words("today"), words("goal", today=progress.today, goal=progress.goal)),
            (words("streak"), str(progress.streak)),
        ],
        nothing=words("nothing"),
        sections=sections,
    )


def _made(report: Team | Own, words: Words) -> str:
    day = words.day(report.made.date())
    if report.since is None:
        return words("made", day=day)
    return words("made_since", day=day, since=words.day(report.since))


def _topics(
    counts: Sequence[tuple[str, int | None, int, int | None]], quiz: Quiz, words: Words
) -> Section:
    """Write about topics: for each the people, unless it is one; the answers; the right ones."""
    names = {topic.id: topic.name.in_language(words.language) for topic in quiz.topics.values()}
    shares = {
        names[topic]: right / answers for topic, _, answers, right in counts if right is not None
    }
    with_people = any(people is not None for _, people, _, _ in counts)
    headings = [
        words("topic"),
        *([words("number_of_people")] if with_people else []),
        *(words("number_of_answers"), words("right_answers"), words("right_share")),
    ]
    rows = [
        [
            names[topic],
            *([str(people)] if with_people else []),
            *(str(answers), words.number(right), words.share(shares.get(names[topic]))),
        ]
        for topic, people, answers, right in counts
    ]
    alternative = words("topics_picture")
    picture = (lambda: bars(shares, alternative)) if shares else None
    return Section(words("topics"), headings, rows, picture=picture)


def _weak(team: Team, quiz: Quiz, words: Words) -> Section:
    known = [question for question in team.questions if question.facility is not None]
    weak = [q for q in known if q.facility is not None and (q.facility < 1 or q.leeches)]
    return Section(
        words("weak"),
        [
            *(words("question"), words("number_of_people"), words("number_of_answers")),
            *(words("right_share"), words("discrimination"), words("leeches")),
        ],
        [
            [
                _question(question.item, quiz, words),
                str(question.people),
                str(question.answers),
                words.share(question.facility),
                words.decimal(question.discrimination),
                words.number(question.leeches),
            ]
            for question in weak[:MOST_WEAK]
        ],
        text=words("weak_text", answers=FEWEST_ANSWERS),
    )


def _contested(team: Team, quiz: Quiz, words: Words) -> Section:
    contested = [question for question in team.questions if question.contested]
    return Section(
        words("contested"),
        [words("question"), words("number_of_answers"), words("contested")],
        [
            [_question(each.item, quiz, words), str(each.answers), words.number(each.contested)]
            for each in sorted(contested, key=lambda each: -(each.contested or 0))
        ],
    )


def _certainty(team: Team, words: Words) -> Section:
    found = team.certainty
    rows = found and [
        [words("sure"), str(found.sure_right), str(found.sure_wrong)],
        [words("unsure"), str(found.unsure_right), str(found.unsure_wrong)],
    ]
    headings = [words("sure_heading"), words("right_answers"), words("wrong_answers")]
    return Section(words("certainty"), headings, rows or [], text=words("certainty_text"))


def _weeks(team: Team, words: Words) -> Section:
    days = [words.day(week.monday) for week in team.weeks]
    drawn = [(day, week.answers, week.people) for day, week in zip(days, team.weeks)]
    alternative, labels = words("weeks_picture"), (words("number_of_answers"), words("active"))
    return Section(
        words("weeks"),
        [words("week"), words("number_of_answers"), words("active")],
        [[day, str(answers), str(people)] for day, answers, people in drawn],
        picture=lambda: columns(drawn, labels, alternative),
    )


def _own_weak(own: Own, quiz: Quiz, words: Words) -> Section:
    weak = [tally for tally in own.tallies if tally.right < tally.answers]
    weak.sort(key=lambda tally: (tally.item not in own.leeches, tally.right / tally.answers))
    return Section(
        words("own_weak"),
        [words("question"), words("note"), words("number_of_answers"), words("right_answers")],
        [
            [
                _question(tally.item, quiz, words),
                words("leech") if tally.item in own.leeches else "",
                str(tally.answers),
                str(tally.right),
            ]
            for tally in weak[:MOST_WEAK]
        ],
        texts=2,
    )


def _answers(own: Own, quiz: Quiz, words: Words) -> Section:
    certain = {True: words("is_sure"), False: words("is_unsure"), None: "–"}

    def result(told: Any) -> str:
        marks = [words("was_contested")] * told.contested + [words("was_undone")] * told.undone
        return ", ".join([words(told.result), *marks])

    return Section(
        words("answers"),
        [words(name) for name in ("when", "question", "answer", "result", "sure_heading")],
        [
            [
                words.day(told.moment.date()),
                _question(told.item, quiz, words),
                words("expired") if told.answer is None else told.answer,
                result(told),
                certain[told.sure],
            ]
            for told in own.answers or ()
        ],
        texts=5,
    )


def _question(item: str, quiz: Quiz, words: Words) -> str:
    return quiz.items[item].question.in_language(words.language)
