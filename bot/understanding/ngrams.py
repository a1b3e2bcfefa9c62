"""Character n-grams of a message, hashed into a fixed number of buckets and weighted by rarity.

They catch what the sentence vector blurs: single words, endings, typing errors. Hashing needs no
vocabulary, so what is persisted is one array of weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from zlib import crc32

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from actions.logic.wording import fold

BUCKETS = 1 << 16
SIZES = (3, 5)  # 2 and 4 besides take twice the time and change nothing
LONGEST = 2000  # characters of a message that count


def buckets_of(text: str) -> Counter[int]:
    """Count the n-grams of a message's words by bucket; words keep their borders, not accents."""
    return Counter(chain.from_iterable(map(_buckets_of_word, fold(text[:LONGEST]).split())))


@lru_cache(maxsize=1 << 15)  # most words of a training come again and again
def _buckets_of_word(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    return tuple(
        crc32(padded[start : start + size].encode("utf-8", "replace")) % BUCKETS
        for size in SIZES
        for start in range(max(1, len(padded) - size + 1))
    )


def count(texts: Iterable[str]) -> sp.csr_matrix:
    """Return the sublinear counts of n-grams, shape (texts, BUCKETS)."""
    rows = [buckets_of(text) for text in texts]
    columns = np.fromiter(chain.from_iterable(rows), np.int32)
    numbers = np.fromiter(chain.from_iterable(row.values() for row in rows), np.float32)
    ends = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    return sp.csr_matrix((1 + np.log(numbers), columns, ends), shape=(len(rows), BUCKETS))


def learn_weights(counts: sp.csr_matrix) -> NDArray[np.float32]:
    """Return the inverse document frequency of each bucket, shape (BUCKETS,)."""
    seen = np.bincount(counts.indices, minlength=BUCKETS)
    weights: NDArray[np.float32] = np.log((1 + counts.shape[0]) / (1 + seen)) + 1
    return weights.astype(np.float32)


def features(texts: Sequence[str], weights: NDArray[np.float32]) -> sp.csr_matrix:
    """Return weighted n-grams with rows of unit length (or zero), shape (texts, BUCKETS)."""
    return weigh(count(texts), weights)


def weigh(counts: sp.csr_matrix, weights: NDArray[np.float32]) -> sp.csr_matrix:
    """Return counts of n-grams weighted, with rows of unit length (or zero), in the same shape."""
    weighted = counts.multiply(weights).tocsr()
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    lengths[lengths == 0] = 1
    return sp.diags(1 / lengths).dot(weighted).tocsr().astype(np.float32)
