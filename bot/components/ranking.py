"""How a ranking of labels is written into Rasa's message, and read back."""

from __future__ import annotations

from typing import Any

from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

FAQ = "faq"
RESPONSE_SELECTOR = "response_selector"
VECTOR = "sentence_vector"
_LABELS = "labels"
# Every message is stored, and sent to every action: nobody reads a longer ranking.
KEPT = 5


def set_ranking(message: Message, ranking: list[tuple[str, float]]) -> None:
    """Set intent, ranking and, as Rasa's own selector would, the FAQ entry that is nearest.

    The ranking over whole labels (``faq/<id>``) stays with the message; Rasa's intent is the part
    before the slash.
    """
    intents: dict[str, float] = {}
    for label, probability in ranking:
        intent = label.split("/")[0]
        intents[intent] = max(intents.get(intent, 0.0), probability)
    ranked = [{"name": name, "confidence": probability} for name, probability in intents.items()]
    message.set(_LABELS, ranking)
    message.set(INTENT, ranked[0] if ranked else {"name": None, "confidence": 0.0}, True)
    message.set(INTENT_RANKING_KEY, ranked[:KEPT], True)
    entries = [
        {"intent_response_key": label, "confidence": probability}
        for label, probability in ranking
        if label.startswith(f"{FAQ}/")
    ]
    if entries:
        best: dict[str, Any] = {**entries[0], "utter_action": _utter(entries[0])}
        selected = {"response": best, "ranking": entries[:KEPT]}
        message.set(RESPONSE_SELECTOR, {"all_retrieval_intents": [FAQ], FAQ: selected}, True)


def get_ranking(message: Message) -> list[tuple[str, float]]:
    """Return the ranking that `set_ranking` left with the message."""
    return list(message.get(_LABELS) or [])


def _utter(entry: dict[str, Any]) -> str:
    return f"utter_{entry['intent_response_key']}"
