"""What keeps Rasa and TensorFlow from talking: imported before either of them."""

from __future__ import annotations

import os
import warnings


def hush() -> None:
    """Turn off telemetry and the libraries' own warnings; ours stay."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    for module in ("rasa", "tensorflow", "sanic", "pkg_resources", "matplotlib", "sklearn", "jax"):
        warnings.filterwarnings("ignore", module=rf"{module}.*")
    # Told on behalf of our modules by the libraries that we import.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
