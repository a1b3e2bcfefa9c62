"""What a message says about the client beyond doubt, whatever was asked.

Only what is certain: a name after «mi chiamo», an organisation by its legal form, a service that no
other service shares its words with. What is missed is asked; what is wrong would be stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from actions.logic.fields import LEGAL_FORM, read_choice
from actions.logic.wording import fold

_CAPITAL = r"(?:(?-i:d(?:all?|ell?)?['’]))?(?-i:[A-ZÀ-Ý])[\w'’-]+"
_PARTICLE = r"(?-i:d[aei]|d[ei]l(?:la|lo)?|lo|la|van|von|de)"
_PERSON = rf"{_CAPITAL}(?:\s+(?:{_PARTICLE}\s+)?{_CAPITAL}){{1,3}}"
_TITLE = (
    r"(?:(?:il|la|l'|the)?\s*(?:sig\.?(?:ra)?|signor[ae]?|dott?\.?(?:ssa)?|dottor(?:e|essa)?"
    r"|avv\.?|avvocat[oa]|ing\.?|geom\.?|rag\.?|prof\.?(?:ssa)?|mr\.?|mrs\.?|ms\.?|dr\.?)\s+)?"
)
_SELF_NAMED = re.compile(
    rf"\b(?:mi chiamo|il mio nome è|my name is|my name's|sono|i am|i'm|this is|nome:|name:)\s+"
    rf"{_TITLE}(?P<name>{_PERSON})",
    re.IGNORECASE,
)
_WORD = r"(?-i:[A-ZÀ-Ý0-9])[\w&'’.-]*"
_ORGANISATION = re.compile(
    r"(?:^|\b(?:d[ei]l(?:la|lo)?|dell'|di|siamo(?: la| il| lo| l')?"
    r"|siamo (?:un['’]|una |l['’]|la )(?:associazione|cooperativa|fondazione|società|azienda|ditta)"
    r"|(?:la mia|la nostra) (?:azienda|ditta)(?: è| si chiama)?|azienda:|ditta:"
    r"|from|of|at|for|we are|company:|our company is)\s*)"
    rf"(?P<name>{_WORD}(?:\s+(?:(?:e|&|di|dei|and|of)\s+)?{_WORD}){{0,4}}\s+{LEGAL_FORM.pattern})",
    re.IGNORECASE,
)
_PUBLIC_BODY = re.compile(
    rf"\b(?:siamo il|siamo la|per conto del(?:la)?|del|della|on behalf of the)\s+"
    rf"(?P<name>(?-i:Comune|Provincia|Regione|Ministero|Prefettura|ASL|Council|Municipality)"
    rf"(?:\s+(?:di|del|della|of)\s+{_CAPITAL})?)",
    re.IGNORECASE,
)
_ASSOCIATIONS = re.compile(r"\b(?:onlus|aps|ets|odv|asd)\b", re.IGNORECASE)


def who_writes(text: str) -> dict[str, str]:
    """Return ``client_name`` and, where they are certain, ``client_form`` and ``contact``."""
    found = _PUBLIC_BODY.search(text)
    form = "government"
    if not found:
        found = _ORGANISATION.search(text)
        form = "organisation" if found and _ASSOCIATIONS.search(found["name"]) else "company"
    if not found:
        named = _SELF_NAMED.search(text)
        return {"client_name": named["name"]} if named else {}
    person = _SELF_NAMED.search(text[: found.start()] + " , " + text[found.end() :])
    facts = {"client_name": found["name"].strip(), "client_form": form}
    if person:
        facts["contact"] = person["name"]
    return facts


def person_and_organisation(text: str) -> dict[str, str]:
    """Read «Maria Rossi della Acme srl», the answer to who the client is."""
    found = re.fullmatch(
        rf"\W*{_TITLE}(?P<person>{_PERSON})\s*,?\s+(?:d[ei]l(?:la|lo)?|dell'|di|per|from|of|at)\s*"
        rf"(?P<name>.{{1,80}}?{LEGAL_FORM.pattern})\W*",
        text,
        re.IGNORECASE,
    )
    if not found:
        return {}
    form = "organisation" if _ASSOCIATIONS.search(found["name"]) else "company"
    return {"client_name": found["name"], "client_form": form, "contact": found["person"]}


_STATES_KIND = re.compile(
    r"\b(?:sono|siamo|faccio|i am|i'm|we are|we're|as)\s+(?:un[ao]?\s+|un['’]|l['’]|il\s+|la\s+"
    r"|an?\s+|the\s+)\w+",
    re.IGNORECASE,
)


def _without_the_writer(text: str) -> str:
    """Take out who writes: «sono l'avvocato Lucia Bini» wants no lawyer."""
    for pattern in (_SELF_NAMED, _ORGANISATION, _STATES_KIND):
        text = pattern.sub(" ", text)
    return text


def _telling(
    service: str, words: Iterable[str], services: Mapping[str, Iterable[str]]
) -> list[str]:
    """Leave out what other services are called as well: «consulenza» alone tells nothing."""
    others = [fold(word).split() for o in services if o != service for word in services[o]]
    return [word for word in words if not any(fold(word) in other for other in others)]


def wanted_service(text: str, services: Mapping[str, Iterable[str]]) -> str | None:
    """Return the one service whose words stand in a text, or None where none or several do."""
    text = _without_the_writer(text)
    listed = {service: list(words) for service, words in services.items()}
    named = [
        service
        for service, words in listed.items()
        if read_choice(text, {service: _telling(service, words, listed)}, whole=False) == service
    ]
    return named[0] if len(named) == 1 else None
