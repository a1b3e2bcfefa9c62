"""What keeps Rasa and TensorFlow from talking: imported before either of them."""

from __future__ import annotations

import logging
import os
import warnings

import structlog


def hush() -> None:
    """Turn off telemetry and the libraries' own warnings; ours stay."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    for module in ("rasa", "tensorflow", "sanic", "pkg_resources", "matplotlib", "sklearn", "jax"):
        warnings.filterwarnings("ignore", module=rf"{module}.*")
    # Rasa's structured log prints whole messages and, with its tracebacks, every local variable:
    # of what it warns about only the name of the event is kept, nothing that a person said.
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        processors=[lambda _logger, level, event: f"{level} {event.get('event')}"],
    )
    # Told on behalf of our modules by the libraries that we import.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
