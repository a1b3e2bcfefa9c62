"""The figures of questions and topics, beside examples worked out by hand and beside scipy's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pointbiserialr

from actions.logic.item_analysis import Question, Tally, Topic, point_biserial, questions, topics

shares = st.integers(0, 20).map(lambda twentieths: twentieths / 20)


def test_point_biserial_by_hand() -> None:
    # Means 0.8 and 0.4; the deviations from 0.6, squared, add up to 0.6, so the spread is
    # √0.06; 0.4 / √0.06 × √(5 × 5) / 10 = √(2/3).
    right, wrong = [0.8, 0.9, 0.7, 0.6, 1.0], [0.5, 0.4, 0.3, 0.6, 0.2]
    assert point_biserial(right, wrong) == pytest.approx((2 / 3) ** 0.5)
    assert point_biserial(wrong, right) == pytest.approx(-((2 / 3) ** 0.5))
    # Who is right in everything and who is wrong in everything, nobody else.
    assert point_biserial([1.0] * 5, [0.0] * 5) == pytest.approx(1)
    # 8 right of mean 0.75, 2 wrong of mean 0.5, spread 0.1 × √6: 0.25 / 0.245 × 0.4.
    right, wrong = [0.5, 0.5, 1.0, 1.0, 0.75, 0.75, 0.75, 0.75], [0.5, 0.5]
    assert point_biserial(right, wrong) == pytest.approx(0.25 / 0.035**0.5 * 0.4)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ([0.8] * 5, [0.1] * 4),  # nine answers
        ([0.2, 0.8] * 5, []),
        ([], [0.2, 0.8] * 5),
        ([0.7] * 6, [0.7] * 6),
        ([0.1 + 0.2] * 6, [0.3] * 6),
    ],
)
def test_where_nothing_can_be_said(right: list[float], wrong: list[float]) -> None:
    assert point_biserial(right, wrong) is None


@given(st.lists(shares, min_size=1, max_size=20), st.lists(shares, min_size=1, max_size=20))
def test_point_biserial_is_that_of_scipy(right: list[float], wrong: list[float]) -> None:
    found = point_biserial(right, wrong)
    if len(right) + len(wrong) < 10 or len({*right, *wrong}) == 1:
        assert found is None
        return
    expected = pointbiserialr([1] * len(right) + [0] * len(wrong), right + wrong).statistic
    assert found == pytest.approx(expected, abs=1e-9)
    assert -1.000001 <= found <= 1.000001


def test_a_question_by_hand() -> None:
    tallies = [
        # Who is right 4 of 4, 2 of 4 and 0 of 4 times otherwise.
        Tally(1, "q", answers=4, right=4, contested=0),
        Tally(2, "q", answers=4, right=2, contested=1),
        Tally(3, "q", answers=4, right=1, contested=2),
        Tally(1, "else", answers=4, right=4),
        Tally(2, "else", answers=4, right=2),
        Tally(3, "other", answers=4, right=0),
    ]
    found = {each.item: each for each in questions(tallies, {"q": 2, "other": 1})}
    # Of the twelve rest scores, four each of 1, 0.5 and 0, seven belong to right answers: their
    # mean is 5/7, that of the others 1/5; the spread is √(1/6).
    assert found["q"] == Question(
        item="q",
        people=3,
        answers=12,
        facility=7 / 12,
        discrimination=pytest.approx((5 / 7 - 1 / 5) / (1 / 6) ** 0.5 * 35**0.5 / 12),
        leeches=2,
        contested=3,
    )
    # Of two people nothing is told, nor of one.
    assert found["else"] == Question("else", 2, 8, None, None, None, None)
    assert found["other"] == Question("other", 1, 4, None, None, None, None)


def test_the_hardest_come_first_and_those_withheld_last() -> None:
    tallies = [
        Tally(person, item, answers=1, right=int(person <= right))
        for item, right in (("easy", 3), ("hard", 0), ("middle", 2), ("also_hard", 0))
        for person in (1, 2, 3)
    ]
    found = questions([*tallies, Tally(1, "lonely", 1, 0)], {})
    assert [each.item for each in found] == ["also_hard", "hard", "middle", "easy", "lonely"]


def test_who_answered_nothing_else_says_nothing_of_the_rest() -> None:
    tallies = [Tally(person, "q", answers=4, right=person) for person in (1, 2, 3)]
    (question,) = questions(tallies, {})
    assert (question.facility, question.discrimination) == (0.5, None)


def test_topics_by_hand() -> None:
    topic_of = {"a": "x", "b": "x", "c": "y"}
    tallies = [
        Tally(1, "a", 2, 1),
        Tally(2, "b", 3, 3),
        Tally(3, "a", 1, 0),
        Tally(1, "c", 5, 5),
        Tally(2, "c", 5, 0),
    ]
    assert topics(tallies, topic_of) == [Topic("x", 3, 6, 4), Topic("y", 2, 10, None)]
