"""The encoder that the pipeline's steps share: its vocabulary and weights are loaded once."""

from __future__ import annotations

from functools import cache

from actions.settings import Settings
from bot.understanding.encoder import Encoder, load_encoder


@cache
def shared_encoder(engine: str, threads: int = 1) -> Encoder:
    """Return this process's encoder for an engine; see ``bot.understanding.encoder``."""
    return load_encoder(engine, Settings.read().models / "encoder", threads)
