"""The rules of single intake fields: from what was typed to the value that is stored."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from actions.logic.lists import split_expectations
from actions.logic.wording import clean, fold

NAME_LENGTH = 200
TEXT_LENGTH = 2000

_EMAIL = re.compile(r"[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
# «anna punto bianchi chiocciola example punto com», as people dictate it.
_AT = r"\(?\b(?:chiocciola|at)\b\)?"
_DOT = r"(?:punto|dot)"
_SPELT_WORD = rf"[\w.+-]+(?:\s+{_DOT}\s+[\w+-]+)*"
_SPELT_EMAIL = re.compile(
    rf"(?!{_DOT}\b){_SPELT_WORD}\s*{_AT}\s*[\w-]+(?:(?:\.|\s+{_DOT}\s+)[\w-]+)+", re.IGNORECASE
)
_CODE = re.compile(
    r"\b(?:p\.?\s?iva|partita iva|vat(?: number| no\.?)?|c\.?f\.?|codice fiscale|iban)\W*\w*\d\w*",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+|00)?\d[\d\s()./-]{4,}\d")
_NAME_LEAD = re.compile(
    r"^(?:(?:buongiorno|buonasera|salve|ciao|hi|hello)\W+"
    r"|(?:piacere(?: mio)?|s[iì]|ok|certo|certamente|va bene|allora|yes|sure|of course|well)"
    r"\s*[,.;:!]+\s*)*"
    r"(?:(?:ecco(?:lo|la)?|mi chiamo|il (?:mio )?nome (?:e|è)|sono io\s*[,:]|io sono|sono|siamo"
    r"|noi siamo|nome"
    r"|my name is|my name's|the name is|name|i am|i'm|im|it's|it is|this is|we are|we're"
    r"|(?:la )?(?:azienda|società|ditta|ragione sociale)(?: si chiama| è|(?=\s*:))|our company is)"
    r"(?:\b|(?<=[,:]))\s*:?\s*)?",
    re.IGNORECASE,
)
# «non siamo un'azienda» names an option without choosing it.
_NEGATED = re.compile(r"\b(?:non|not|isn't|aren't|don't|neither)\W+(?:[\w']+\W+){0,3}$")
# «Sofia, Sofia Loren».
_TWICE = re.compile(r"^(?P<first>[^\W\d_]+)\s*[,.…]+\s*(?P<name>(?P=first)\s+\S.*)$")
# «Maria Pia Fiore, la presidente»: what somebody is, in small letters behind the name.
_AN_ARTICLE = r"(?:(?:il|la|lo|un|una|the|our|my|a|an|nostr[oa]|mi[oa])\s+|l['’]\s*|un['’]\s*)"
_ROLE = (
    r"(?:(?:vice|co)?\W?president\w+|amministrat\w+(?: (?:unic[oa]|delegat[oa]))?|titolare"
    r"|legale rappresentante|soci[oa]|direttor\w*|direttrice|responsabile|segretari[oa]"
    r"|tesorier[ae]|sindac[oa]|treasurer|chair\w*|director|manager|owner|partner|secretary|mayor"
    r"|head of [a-z ]+|ceo|cfo)"
)
_TITLED = re.compile(
    rf"^(?P<name>[^,(]+?\s+[^,(]+?)\s*[,(]\s*{_AN_ARTICLE}*{_ROLE}\s*\)?\.?$", re.IGNORECASE
)
_CALLED = re.compile(
    rf"^(?P<name>[A-ZÀ-Ý][^,(]*\s+[^,(]+?)\s*[,(]\s*{_AN_ARTICLE}[a-zà-ÿ' ]{{3,40}}\)?\.?$"
)
# Who answers so has not said a name yet.
_NO_NAMES = frozenset(
    "io,me,noi,lui,lei,sono io,io stesso,io stessa,me stesso,me stessa,myself,it's me,i am,scusi"
    ",scusa,sorry,piacere,l'amministratore,l'amministratrice,il titolare,la titolare,il presidente"
    ",la presidente,la segretaria,il segretario,il direttore,la direttrice,the owner,the director"
    ",the manager,the secretary".split(",")
)
# «Cleo Damiani, grazie», «Elio Sforza, piacere»: in small letters, for somebody may be called
# Maria delle Grazie.
_THANKS = re.compile(
    r"[\s,.;-]+(?:(?:e )?(?:tante |molte )?grazie(?: mille| infinite| tante)?|la ringrazio|thanks"
    r"|thank you|please|per (?:favore|cortesia|piacere)|(?:molto )?piacere(?: mio| di conoscer\w+)?"
    r"|(?:nice|pleased) to meet you|buon(?:giorno|asera)|salve)[\s.!]*$"
)
LEGAL_FORM = re.compile(
    r"\b(?:s\.?r\.?l\.?s?|s\.?p\.?a|s\.?n\.?c|s\.?a\.?s|ltd|llc|llp|inc|plc|gmbh|onlus|aps|ets|odv|asd|soc)\b"
    r"\.?",
    re.IGNORECASE,
)
_PARTICLES = frozenset(
    "di de del della dello dei degli delle d da dal dalla e ed & al alla of the and for in van von"
    " der den la le lo y san santa".split()
)
_NOTHING = re.compile(r"\W*(?:niente|nulla|nessun\w|nothing|none|no)\W*$")
_ORDINALS = {
    **dict.fromkeys(("primo", "prima", "uno", "first", "one", "first one"), 1),
    **dict.fromkeys(("secondo", "seconda", "due", "second", "two", "second one"), 2),
    **dict.fromkeys(("terzo", "terza", "tre", "third", "three", "third one"), 3),
    **dict.fromkeys(("quarto", "quarta", "quattro", "fourth", "four", "fourth one"), 4),
    **dict.fromkeys(("quinto", "quinta", "cinque", "fifth", "five", "fifth one"), 5),
}
# «Altro», «altra cosa: restauro mobili».
_OTHER = re.compile(
    r"^(?:(?:un['’]?\s*)?altr[oa](?: cosa| servizio| tipo)?|qualcos['’]altro|nessuno di questi"
    r"|nessuna di queste|(?:something |anything )?(?:else|other)|none of (?:these|those|them)"
    r"|another (?:one|service|thing)|(?:it'?s )?not (?:on|in) (?:the|your) list"
    r"|non (?:è|e'|c'è) (?:in|nell['’]?|nella|nel)\s?(?:vostr[oa] )?(?:lista|elenco))"
    r"\s*(?:[:,;.!–-]+\s*|$)",
    re.IGNORECASE,
)
_FILLERS = frozenset(
    "io sono siamo un una uno il lo la i gli le per di da del della come cliente si tratta e è"
    " direi penso credo scelgo vorrei grazie i am i'm we are we're a an the as it's it is my for"
    " client please thanks".split()
)


class FieldError(Exception):
    """A value was refused; ``reason`` completes the name of the response that says why."""

    def __init__(self, field: str, reason: str = "") -> None:
        """Take the field's name and, where there are several ways to fail, the reason."""
        super().__init__(f"{field}: {reason or 'not valid'}")
        self.field = field
        self.reason = reason


def find_email(text: str) -> str | None:
    """Return what looks like an e-mail address in a text, not yet checked."""
    found = _EMAIL.search(text)
    return found.group().strip(".!?") if found else None


def write_out_email(text: str) -> str:
    """Return a text with an address that is spelt out («anna chiocciola …») as it is written.

    Only for answers to a question for the address: elsewhere «look at acme dot com» is none.
    """
    spelt = None if "@" in text else _SPELT_EMAIL.search(text)
    if spelt is None:
        return text
    written = re.sub(rf"\s*{_AT}\s*", "@", spelt.group(), count=1, flags=re.IGNORECASE)
    written = re.sub(rf"\s+{_DOT}\s+", ".", written, flags=re.IGNORECASE)
    return text[: spelt.start()] + written + text[spelt.end() :]


def read_email(text: str) -> str:
    """Return the e-mail address in a text, normalised.

    Raises:
        FieldError: there is none, or it can't exist.
    """
    candidate = find_email(clean(text))
    if candidate is None:
        raise FieldError("email")
    try:
        return str(validate_email(candidate, check_deliverability=False).normalized)
    except EmailNotValidError:
        raise FieldError("email") from None


def without_codes(text: str) -> str:
    """Take VAT numbers, tax codes and the like out of a text: they look like telephone numbers."""
    return _CODE.sub(" ", text)


def find_phone(text: str) -> str | None:
    """Return what looks like a telephone number in a text, not yet checked."""
    found = _PHONE.search(text)
    return found.group() if found else None


def read_phone(text: str, country: str) -> str:
    """Return the telephone number in a text in E.164 form (``+39333…``).

    Args:
        text: What was typed.
        country: Two capitals; numbers without a prefix belong to it.

    Raises:
        FieldError: there is none, or no such number can exist.
    """
    candidate = find_phone(clean(text))
    if candidate is None:
        raise FieldError("phone")
    try:
        number = phonenumbers.parse(candidate, country)
    except phonenumbers.NumberParseException:
        raise FieldError("phone") from None
    if not phonenumbers.is_valid_number(number):
        raise FieldError("phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spoken_phone(number: str) -> str:
    """Return an E.164 number in the groups in which people write it."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def read_name(text: str, field: str = "client_name") -> str:
    """Return the name of a person or organisation, without "mi chiamo" and the like.

    Raises:
        FieldError: it is too long (reason ``long``), or has fewer than two letters.
    """
    cleaned = _THANKS.sub("", clean(text))
    name = _NAME_LEAD.sub("", cleaned).strip(" ,;:!") or cleaned
    if name.endswith(".") and "." not in name[:-1] and not LEGAL_FORM.search(name):
        name = name[:-1]
    if len(name) > NAME_LENGTH:
        raise FieldError(field, "long")
    for pattern in (_TWICE, _TITLED, *((_CALLED,) if field == "contact" else ())):
        if found := pattern.match(name):
            name = found["name"]
    if sum(char.isalpha() for char in name) < 2 or fold(name) in _NO_NAMES:
        raise FieldError(field)
    return name


def read_need(text: str) -> str:
    """Return a service that is not on the firm's list, in the client's words.

    Raises:
        FieldError: it is too long (reason ``long``), or only says «altro» (reason ``other``).
    """
    need = _OTHER.sub("", clean(text)).strip(" ,;:.!") if _OTHER.match(clean(text)) else text
    if not need:
        raise FieldError("service", "other")
    return read_name(need, "service")


def is_other(text: str) -> bool:
    """Tell whether somebody only says that what they need is not on the list: «altro»."""
    return not _OTHER.sub("", clean(text)).strip(" ,;:.!")


def with_surname(name: str, surname: str) -> str | None:
    """Return a person's name with another surname; None where it has to be asked."""
    words, new = name.split(), surname.split()
    if LEGAL_FORM.search(name) or not words or not new:
        return None
    if len(new) > 1 and fold(new[0]) == fold(words[0]):
        return surname
    one = len(words) < 3 or fold(words[1]).rstrip("'’") in _PARTICLES
    return " ".join([*(words[:1] if one else words[:-1]), surname])


def with_first_name(name: str, first: str) -> str | None:
    """Return a person's name with another first name; None where it has to be asked."""
    words = name.split()
    return None if len(words) != 2 or LEGAL_FORM.search(name) else f"{first} {words[1]}"


def looks_like_name(text: str) -> bool:
    """Tell whether a text is surely a name: a legal form, or two words and more in capitals."""
    cleaned = _THANKS.sub("", clean(text))
    if "?" in cleaned or len(cleaned) > NAME_LENGTH:
        return False
    if LEGAL_FORM.search(cleaned):
        return True
    words = re.findall(r"[^\W\d_][\w'’.-]*|&", cleaned)
    telling = [word for word in words if word.lower() not in _PARTICLES]
    return len(telling) > 1 and all(word[0].isupper() for word in telling)


def read_expectations(text: str) -> list[str]:
    """Return what the client expects, one item each where they clearly made a list.

    Raises:
        FieldError: it is too long (reason ``long``), or says next to nothing.
    """
    if len(text) > TEXT_LENGTH:
        raise FieldError("expectations", "long")
    return check_expectations(split_expectations(text))


def check_expectations(items: Sequence[str]) -> list[str]:
    """Return a list of expectations that is fit to be stored: after additions and removals too.

    Raises:
        FieldError: together they are too long (reason ``long``), or say next to nothing.
    """
    if sum(map(len, items)) > TEXT_LENGTH:
        raise FieldError("expectations", "long")
    nothing = all(_NOTHING.match(fold(item)) for item in items)
    if nothing or sum(char.isalpha() for item in items for char in item) < 4:
        raise FieldError("expectations")
    return list(items)


def read_choice(text: str, options: Mapping[str, Iterable[str]], *, whole: bool) -> str | None:
    """Return the option that a text names, or None.

    Args:
        text: What was typed; a number from 1 chooses by position.
        options: For each option's id the words that name it.
        whole: True if the text must be nothing but the option (fillers and typing errors aside);
            False if it is enough that the text contains words of just one option.
    """
    folded = fold(clean(text))
    words = re.findall(r"[\w'.&-]+", folded)
    names = {option: [fold(word) for word in listed] for option, listed in options.items()}
    core = " ".join(word for word in words if word not in _FILLERS).strip(" .") or folded.strip(
        " ."
    )
    for option, listed in names.items():
        if core in listed or folded.strip(" .!") in listed:
            return option
    if len(words) == 1 and words[0].strip(".").isdecimal():
        position = int(words[0].strip(".")[:9])
        return list(options)[position - 1] if 0 < position <= len(options) else None
    # «il primo», "the second one".
    if position := _ORDINALS.get(re.sub(r"^(?:il|la|the|opzione|option) ", "", core), 0):
        return list(options)[position - 1] if position <= len(options) else None
    owner = {word: option for option, listed in names.items() for word in listed}
    near = difflib.get_close_matches(
        core, [word for word in owner if len(word) > 4], 1, cutoff=0.84
    )
    if near:
        return owner[near[0]]
    if whole:
        return None
    # «aziendale» for «Consulenza aziendale», where no other option has the word in its name.
    parts = [o for o, listed in names.items() if len(core) > 4 and _has(listed[:2], core)]
    if len(parts) == 1:
        return parts[0]
    found = {o: [w for w in listed if _contains(folded, w)] for o, listed in names.items()}
    # «Consulenza legale»: a word that stands in another option's names as well decides least.
    telling = {
        option: [
            word
            for word in listed
            if not any(_has(names[other], word) for other in names if other != option)
        ]
        for option, listed in found.items()
    }
    named = {
        option: max(map(len, listed))
        for option, listed in (telling if any(telling.values()) else found).items()
        if listed
    }
    longest = [option for option, size in named.items() if size == max(named.values())]
    return longest[0] if len(longest) == 1 else None


def name_option(text: str, options: Mapping[str, Iterable[str]]) -> str | None:
    """Return the option whose word stands first in a text, or None: «la mail, non il telefono»."""
    folded = fold(clean(text))
    first = {
        found.start(): option
        for option, listed in options.items()
        for word in listed
        if (found := re.search(rf"(?<!\w){re.escape(fold(word))}(?!\w)", folded))
    }
    return first[min(first)] if first else None


def _has(phrases: Iterable[str], word: str) -> bool:
    return any(f" {word} " in f" {phrase} " for phrase in phrases)


def _contains(folded: str, word: str) -> bool:
    # «me» and «io» mean something only by themselves.
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded)
    return found is not None and len(word) > 2 and not _NEGATED.search(folded[: found.start()])
