"""Sentence vectors kept on disk between trainings, so that only new messages are encoded."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.understanding.encoder import Encoder

Floats = NDArray[np.float32]


def encode_cached(encoder: Encoder, texts: Sequence[str], cache: Path) -> Floats:
    """Return the texts' vectors, shape (len(texts), dimensions), encoding only those unknown.

    The cache holds what the last call needed: it does not grow with messages that were removed.
    A cache that can't be read is made again. Another process waits, and finds what the first made.
    """
    cache.parent.mkdir(parents=True, exist_ok=True)
    with cache.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _encode_cached(encoder, texts, cache)


def _encode_cached(encoder: Encoder, texts: Sequence[str], cache: Path) -> Floats:
    keys = [_key(encoder.name, text) for text in texts]
    known = _read(cache, encoder.dimensions)
    missing = {key: text for key, text in zip(keys, texts) if key not in known}
    if missing:
        known.update(zip(missing, encoder.encode(list(missing.values()))))
    vectors = np.array([known[key] for key in keys], np.float32).reshape(-1, encoder.dimensions)
    if missing or len(known) != len(set(keys)):
        partial = cache.with_suffix(f".{os.getpid()}.npz")
        np.savez(partial, keys=np.array(keys), vectors=vectors)
        partial.replace(cache)
    return vectors


def _key(engine: str, text: str) -> str:
    content = f"{engine}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _read(cache: Path, dimensions: int) -> dict[str, Floats]:
    try:
        with np.load(cache, allow_pickle=False) as arrays:
            keys, vectors = arrays["keys"], arrays["vectors"]
    except (OSError, ValueError, KeyError, EOFError):
        return {}
    if vectors.shape != (len(keys), dimensions):
        return {}
    return dict(zip(map(str, keys), vectors))
