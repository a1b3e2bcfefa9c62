"""The packaged file is read as its C engine documents it, and other files are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.understanding.e5_weights import BLOCK, E5Weights, WeightsError, dequantise


def test_low_nibbles_come_before_high_ones() -> None:
    block = np.zeros(1, BLOCK)
    block["scale"] = 0.5
    block["nibbles"] = 0x98  # low 8, which stands for 0; high 9, which stands for 1, times 0.5
    assert dequantise(block).tolist() == [0.0] * 16 + [0.5] * 16


def test_sizes_and_vocabulary_of_the_packaged_model() -> None:
    weights = E5Weights.packaged()
    assert (weights.header.hidden, weights.header.layers, weights.header.heads) == (384, 12, 12)
    assert weights.matrix("l0.fi.w", rows=1536).shape == (1536, 384)
    vocabulary = weights.vocabulary()
    assert len(vocabulary.pieces) == len(vocabulary.scores) == 250_002
    assert [vocabulary.pieces[piece] for piece in ("<s>", "</s>", "<unk>")] == [
        vocabulary.start,
        vocabulary.end,
        vocabulary.unknown,
    ]
    assert vocabulary.replacements[ord("\t")] == " "
    assert vocabulary.replacements[ord("²")] == "2"


@pytest.mark.parametrize("kept", [0, 40, 1000, 5_000_000, 60_000_000])
def test_refuses_a_file_cut_short(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "model.bin"
    with E5Weights.packaged().path.open("rb") as whole:
        path.write_bytes(whole.read(kept))
    with pytest.raises(WeightsError, match=r"model\.bin is not a packed e5 model"):
        E5Weights(path)


def test_refuses_another_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"SAE1" + bytes(1000))
    with pytest.raises(WeightsError, match="another magic number"):
        E5Weights(path)
