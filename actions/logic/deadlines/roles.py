"""The part a date plays in its clause: limit, wish, event, background or when to ring.

The patterns have one group of words a line, Italian before English.
"""

from __future__ import annotations

import re
from enum import IntEnum

from actions.logic.deadlines.vocabulary import either, words


class Role(IntEnum):
    """How far a date is the deadline; the highest in a message is the one that counts."""

    AVAILABILITY = 0
    BACKGROUND = 1
    FROM = 2
    WISH = 3
    EVENT = 4
    BARE = 5
    LIMIT = 6
    HARD_LIMIT = 7
    NEW_DATE = 8


# Where a clause ends; full stops of abbreviations and numbers are no ends.
CLAUSE_END = re.compile(
    either(
        r"[;!?\n:]",
        r"\.(?=\s|$)(?<!\bp\.)(?<!\bart\.)(?<!\bn\.)(?<!\bc\.)",
        r"\s-\s",
        r"\b(?:ma|pero|mentre|tuttavia|invece|poi|comunque)\b",
        r"\b(?:but|while|however|anyway|so that)\b",
    )
)


# "La scadenza è comunque il 31" is one clause.
_MID_CLAUSE = re.compile(
    r"\b(?:scadenza|termine|limite|deadline|due date)(?: [a-z]+){0,2} "
    r"(?:comunque|invece|pero|poi|however|anyway)$"
)


def around(plain: str, position: int) -> tuple[str, str]:
    """Return the words of a clause left and right of a position."""
    start, end = clause_bounds(plain, position)
    return plain[start:position], plain[position:end]


def lies_behind(plain: str, position: int) -> bool:
    """Tell whether the words around a date say that it lies behind."""
    return is_past(*around(plain, position)) or bool(_GONE_BY.match(plain[position:]))


def clause_bounds(plain: str, position: int) -> tuple[int, int]:
    """Return where the clause around a position starts and ends."""
    start = 0
    for match in CLAUSE_END.finditer(plain, max(0, position - 300)):
        if _MID_CLAUSE.search(plain[: match.end()]):
            continue
        if match.end() > position:
            return start, max(match.start(), position)
        start = match.end()
    return start, len(plain)


# Tense -------------------------------------------------------------------------------------------

_PAST = words(
    r"era(?:no)?|andava(?:no)?|finiva|chiudeva|cessava|terminava",
    r"scadeva(?:no)?|(?:e|sono) (?:gia )?scadut[oaie]|scadut[oaie]|sarebbe scadut[oa]",
    r"doveva(?:no)?|dovevo|dovevamo|avrei dovuto|avremmo dovuto|avrebbe dovuto",
    r"sarebbe stat[oa]|e (?:gia )?passat[oa]|e trascors[oa]",
    r"mancat[oa]|saltat[oa]|pers[oa] (?:il termine|la scadenza)",
    r"was|were|was supposed|had to|had until|should have",
    r"expired|lapsed|missed|has passed|elapsed|ran out",
    r"(?:it|deadline|offer|call|contract|term|window|tender|lease|period) (?:ended|closed)",
)
# "La proroga è scaduta": even a new date may be gone.
_OVER = re.compile(
    r"\b(?:proroga|extension|rinvio) (?:(?:e|sono|was|has|is|gia|already) )*"
    r"(?:scadut[oa]|finit[oa]|terminat[oa]|expired|lapsed|ended|ran out)\b"
)
# "Il 30 giugno, ma ormai è passato": said of the date before it, be it in the next clause.
_GONE_BY = re.compile(
    r"^[^.;:!?\n]{0,40}?\b(?:ormai|gia|purtroppo|already|sadly|unfortunately)"
    r"(?: (?:e|sono|has|have|is|been|mi sa che e)){0,2} "
    r"(?:passat[oaie]|scadut[oaie]|trascors[oaie]|andat[oaie]|passed|gone|expired|lapsed)\b"
)
# A past tense that leaves the date ahead: "was told", "was moved to".
_NO_PAST = words(
    r"volevo|stat[oa]",
    r"i was (?:wondering|hoping|told)|were (?:told|asked|given|granted)",
    r"was (?:told|asked|brought|given|granted)",
    r"was (?:postponed|moved|extended|adjourned|rescheduled|put|set|scheduled|fixed|pushed)",
)
_THIS_TIME = words(r"quest'anno|stavolta|questa volta|ora|adesso", r"this (?:year|time)|now")
_PAST_DUTY = words(
    r"andava(?:no)?|doveva(?:no)?|dovevo|dovevamo|avre(?:i|mmo|bbe|bbero) dovuto",
    r"scadeva(?:no)?|scadut[oaie]",
    r"had to|should have|(?:was|were) (?:due|supposed)|expired|lapsed|missed",
    r"(?:it|contract|offer|term|deadline|call|tender|lease|window) (?:ended|closed)",
)
_TELLS_OF_NOW = words(
    r"e|sara|finisc\w*|termina|scad\w*|cessa|chiud\w*",
    r"ends?|expires?|lapses|is|it's|will|runs out|due",
)

# Words right before a date -----------------------------------------------------------------------

_LIMIT_WORDS = either(
    r"entro(?: e non oltre)?|non (?:\w+ ){0,2}oltre|non piu tardi (?:di|del|dell'|della)|non dopo",
    r"(?:al|il|alla) massimo(?: per| entro| di)?|max\.?|massimo|al piu tardi(?: per| entro)?",
    r"fino(?: a[l]?)?|sino(?: a[l]?)?|prima(?: di| del| dell'| della| dello| che)",
    r"termine(?: ultimo)?:?|scadenza:?|scad\.?:?|scade|scadra|scadono",
    r"(?:per quando|for when|by the time) (?:[a-z']+,? ){1,4}?(?:il|on)",
    r"per(?: la data del)?|x|per (?:la giornata|le ore|l'ora)(?: di| del)?",
    r"in data|previst[oa] per|fissat[oa] (?:per|a[l]?)",
    r"(?<!drop )(?<!come )(?<!stop )(?<!pass )(?<!stand )by"
    r"(?: the end of| close of business(?: on)?| end of business(?: on)?| cob| eod)?",
    r"until|till|no later than|not later than|before|on or before|latest by",
    r"due(?: on| by)?|within|up to|at the latest(?: by)?",
    r"(?:expires|lapses|runs out|closes|ends)(?: on)?|deadline(?: is| of)?|deadline:?",
)
_BEFORE_THE_DATE = either(
    r"il|lo|la|le|l'|i|gli|giorno|il giorno|domani|fine|e non oltre il|quest[oa]|di|del",
    r"ore|ore \d+ di|mezzogiorno di|mezzogiorno del|circa|massimo",
    r"(?:le|alle)? ?\d{1,2}(?:[:.]\d\d)? (?:di|del)",
    r"the|on|of|this|next|end of|cob|eod|close of business|about|around",
    r"noon on|noon|lunch(?:time)? on|lunch",
)
_IMMEDIATE_LIMIT = re.compile(rf"(?:\b{_LIMIT_WORDS}(?: {_BEFORE_THE_DATE})*[ ']?)$")
_DATED = re.compile(
    r"(?:\b"
    + either(
        r"del|dello|dell'|della|di|in data|datat[oa]|recante data|risalente a[l]?",
        r"of|dated|from",
    )
    + r"(?: the| il| giorno| ieri)?[ ']?)$"
)
_SINCE = re.compile(
    r"\b"
    + either(
        r"dal|dallo|dalla|dall'|dai|da|a partire da[l]?",
        r"dopo|dopo il|dopo la|successivamente a[l]?",
        r"nat[oa](?: il| a \w+ il)?",
        r"since|from|after|starting(?: from)?|as of|as from|born(?: on| in)?",
    )
    + r"(?: il| la| the| l'| fine| meta)?[ ']?$"
)
_FROM = re.compile(
    r"\b"
    + either(
        r"dopo|non prima d\w+|a partire da[l]?",
        r"after|not before|starting|as of|as from",
    )
    + r"(?: il| la| l'| the)?[ ']?$"
)
_NEGATED = re.compile(
    r"(?:\b"
    + either(
        r"non(?: e)?(?: piu)?|(?:e )?non|non e (?:per|entro)|non entro",
        r"non prima (?:di|del|dell'|della)",
        r"invece (?:di|del|che)|anziche|al posto del|piuttosto che",
        r"ne|not|no longer|and not|isn't|not by|not before|no earlier than",
        r"instead of|rather than",
    )
    + r"(?: il| the| on| by| per| entro| l'| on the| by the)?[ ']?)$"
)
# "It'll be too late after Friday".
_TOO_LATE = words(
    r"troppo tardi|e tardi|non (?:mi |ci )?serve piu|inutile", r"too late|no use|useless"
)
# "Questa settimana no, la prossima sì".
_DENIED = re.compile(
    r"^ "
    + either(
        r"(?:no|non (?:posso|riesco|ce la faccio|va bene|mi va bene))\b(?! (?:later|oltre|piu))",
        r"(?:mi sa che |forse |credo (?:che )?)?(?:e|sia|sarebbe) (?:troppo )?(?:tardi|presto)\b",
        r"(?:is|would be|might be) too (?:late|soon|early)\b",
    )
)
# "Non mi serve prima di settembre", "I won't need it until March".
NOT_NEEDED = (
    r"\bnon (?:mi |ci |ne |lo )?(?:serv\w+|occorr\w+|(?:ho|abbiamo|c'e) bisogno|e urgente)(?: \w+)?"
    r"|\b(?:(?:do not|don't|dont|won't|will not|wouldn't) (?:really |actually )?need"
    r"|not (?:needed|required|urgent))(?: \w+)?"
)
_NOT_BEFORE = re.compile(
    r"(?:\b(?:non prima (?:di|del|dello|della|dell')|not before|no earlier than)"
    rf"|(?:{NOT_NEEDED}) (?:prima (?:di|del|dello|della|dell'|che)|fino a[l]?|before|until|till))"
    r"(?: il| la| the| the end of| end of| fine)?[ ']?$"
)
_AS_LIMIT = re.compile(
    r"^,? "
    + either(
        r"al (?:piu tardi|massimo)|compreso|incluso|come (?:termine|limite)",
        r"at the (?:very )?latest|max\b|latest\b",
    )
)

# "The 30th at the latest, ideally the 15th": the limit of the date before.
_LIMIT_SAID = re.compile(
    r"^ (?:al (?:piu tardi|massimo)|massimo|max|at the (?:very )?latest)(?=,| -|;)"
)

# New dates and corrections -----------------------------------------------------------------------

_NEW_DATE = words(
    r"prorog\w*|estes\w*|allungat\w*|dilazion\w*",
    r"rinvi\w*|rimand\w*|slitt\w*|spost\w*|differi\w*|posticip\w*|anticip\w*|aggiornat[oa]",
    r"riprogramm\w*|ripianific\w*|portat[oa]",
    r"nuov[oa] (?:\w+ )?(?:termine|scadenza|data|udienza)",
    r"ora e|adesso e|diventa|e diventat[oa]",
    r"extend\w*|extension|prolonged",
    r"postpon\w*|adjourn\w*|mov(?:ed|ing|e it)|pushed|push it|put (?:back|off)|deferred",
    r"delayed|shifted|resched\w*|brought forward|bring it forward",
    r"new (?:deadline|date|due date|term|hearing)",
    r"now it's|now it is|it's now|is now|has become",
)
_TO_A_DATE = re.compile(
    either(
        r"^",
        r"[:,]",
        r"\b"
        + either(
            r"al|alla|all'|a|ad|per|e|il|entro|ora|adesso|era|diventa",
            r"to|till|until|on|is|it's|for|by|now|becomes",
        )
        + r"(?: (?:il|the|la|l'))?",
    )
    + r"[ ']?$"
)
_CORRECTION = words(
    r"anzi|mi correggo|correggo|correzione|rectius",
    r"volevo dire|volevo scrivere|intendevo|meglio dire|o meglio|piuttosto",
    r"pardon|scusate?,?|scusi|ho sbagliato|mi sono sbagliat[oa]|errore mio",
    r"ripensandoci|facciamo|(?:ora|adesso) (?:il|entro|per)",
    r"ma no|no no|no aspett[aie]\w*|no,? (?:scus\w+|il|entro|per)|cioe no",
    r"i mean|i meant|actually|or rather|rather|better|let's say|make (?:that|it)",
    r"ops|oops|sorry|correction|let me correct|my mistake|my bad|on second thought\w*",
    r"no wait|wait,? no|scratch that|no,? (?:it's|the|by|not)|now (?:the|by|it's)",
)
_BUT_IT_IS = re.compile(
    r"\b(?:ma|but|invece) (?:in realta |actually |really )?"
    r"(?:e|it's|it is|era|intendevo)(?: il| the| l')? ?$"
)
# Said once, then again otherwise; or the second of two days that would do.
_SAID_AGAIN = re.compile(
    either(
        r"\bpoi\b.*\b(?:detto|scritto|cambiato|deciso|spostato)\b",
        r"\bthen\b.*\b(?:said|told|wrote|changed|decided|moved)\b",
        r"\b(?:altrimenti|se no|senno|in alternativa)\b",
        r"\bse (?:proprio )?non (?:ce la fate|riuscite|si riesce|si puo|(?:e|fosse) possibile)\b",
        r"\b(?:otherwise|or else|failing that|if not|if (?:that's|it's) not possible)\b",
    )
)
# "Era per oggi, ma": what was to be is no longer.
_WAS_TO_BE = re.compile(r"\b(?:era(?:no)?|doveva(?:no)?|was|were)\b[^.;:!?\n]*$")
_BUT = words(r"ma|pero|invece|ora|adesso", r"but|however|now")
_ONLY_NO = re.compile(r"\bno[ ,.]*$")
# "Within a year, so 2 January": the same limit, said as a day.
_SAID_AS_A_DAY = re.compile(
    r"\b(?:cioe|quindi|ossia|ovvero|vale a dire|in pratica"
    r"|so|meaning|namely|that is|that's|i\.?e\.?)"
    r"[ ,:]*(?:(?:direi|diciamo|facciamo|let's say|say|e|per|entro|by|on|is|the|il|l') ?)*$"
)
# "Sometime in October, say the 20th": a day in place of a period.
_NARROWS = re.compile(
    r"[ ,(-](?:diciamo|direi|tipo|ad esempio|facciamo|verso|(?:in|at)torno al?"
    r"|say|let's say|for example|around|about)"
    r"[ ,:]*(?:(?:il|la|l'|per|entro|verso|attorno al|intorno al|the|on|by|around) ?)*$"
)
# "Giovedì, ma può andare bene anche venerdì": either would do.
_ALSO = re.compile(
    r"\b(?:(?:va|vanno|andrebbe|andra|(?:puo|potrebbe|possono) andare) (?:bene|benissimo) )?"
    r"anche(?: entro)?(?: il| la| l'| per)? ?$"
    r"|\b(?:or )?(?:even|also)(?: by| on)?(?: the)? ?$"
)
_WILL_DO = re.compile(
    r"^,? (?:(?:va|vanno|andrebbe|andra|(?:puo|potrebbe) andare) (?:comunque |pure |anche )?"
    r"(?:bene|benissimo)|(?:would|will|might|could) (?:also |still |probably )?"
    r"(?:do|work|be (?:fine|ok|okay|good))|(?:is|works) (?:also |still )?"
    r"(?:fine|ok|okay|too|good|as well))\b"
)
_OR_BUT = words(r"anche|ma|pero|o|oppure", r"but|or|also|even|though")
_TAKES_BACK = (_CORRECTION, _SAID_AGAIN, _ONLY_NO, _SAID_AS_A_DAY)
_WRONG = words(r"scus\w*|sbagliat\w*|scritto|errore", r"sorry|wrote|typed|mistake")

# How hard a limit is -----------------------------------------------------------------------------

_HARD = words(
    r"al piu tardi|non oltre|al massimo|max|massimo|comunque entro",
    r"limite (?:massimo|ultimo|invalicabile|assoluto)?|termine ultimo|ultimo giorno",
    r"tassativ\w*|improrogabil\w*|perentori\w*|inderogabil\w*|assolutamente|proprio",
    r"alla peggio|mal che vada",
    r"at the (?:latest|outside)|no later than|not later than|latest|cut-?off",
    r"in any case|worst case",
    r"hard (?:deadline|limit|stop)|absolute(?:ly)?|final|drop[- ]dead|must|strict(?:ly)?",
)
_WISH = words(
    r"preferibil\w*|idealmente|ideale|possibilmente|se possibile|se si puo|magari",
    r"sarebbe (?:bello|meglio|ideale|perfetto|ottimo)|meglio (?:se|entro)|auspicabil\w*",
    r"mi piacerebbe|ci piacerebbe|spero|speriamo|speravo",
    r"con l'obiettivo|obiettivo|punto a",
    r"preferabl\w*|preferred|prefer|ideal\w*|if possible|best by|target\w*|aim\w*",
    r"would be (?:nice|great|ideal|good|best|perfect)",
    r"hopefully|hoping|hope|i'd love|we'd love|i'd like|we'd like",
)
_WISH_AFTER = re.compile(
    r"^,? "
    + either(
        r"se possibile|idealmente|preferibilmente|possibilmente|sarebbe",
        r"if possible|ideally|preferably|would be",
    )
)
_DEADLINE_WORD = words(
    r"scad\w*|termin[ei]|ultimo giorno|chiude",
    r"deadline|due|expir\w*|lapses|runs out|cut-?off|last day|closes",
)
_DUE_WORD = words(
    r"scad\w*|termin[ei]|limite|ultimo giorno|data|entro",
    r"chiude|chiudono|finisce|cessa|decade|fissat[oa]|previst[oa]|consegna\w*",
    r"serve|servono|servirebbe\w*|servira|occorre|bisogno|basta|pronto|pronta|finire",
    r"devo|dobbiamo|deve|devono|dovremmo|dovrei|dovrebbe|va|vanno",
    r"vorre\w*|voglio|vogliamo|vuole|vogliono|chied\w*|chiest\w*",
    r"deadline|due|expir\w*|cut-?off|last day|closing date|closes|end date|date|by",
    r"must|need\w*|has to|have to|want\w*|required|needed|payable|should|would like",
    r"file|submit|ready",
)
_DUTY = words(
    r"devo|dobbiamo|deve|devono|va|vanno|vogliono|vuole|chiedono|serve",
    r"scade|scadenza|termine|fissat\w*|previst\w*",
    r"must|have to|has to|need|want|wants|expect|expects",
    r"deadline|due|scheduled|set for",
)

# Events ------------------------------------------------------------------------------------------

_EVENT = either(
    # in court
    r"udienz\w*|comparizion\w*|convocazion\w*|appello|processo|discussione|precetto|sfratto",
    r"mediazione|perizia|ispezion\w*|sopralluog\w*|verifica",
    # at the notary, in a company
    r"rogit\w*|stipula|preliminar\w*|compromesso|notaio|closing|asta|aste|gara",
    r"assemble\w*|riunion\w*|incontr\w*|seduta|cda|consiglio",
    r"consegn\w*|chiusura|inaugurazion\w*|apertura",
    # in private life
    r"colloqui\w*|esam[ei]|trasloco|matrimonio|partenza",
    r"appuntamento (?=in|dal|al|presso|con il|con la|dall'|con l')",
    # in English
    r"hearing\w*|trial|court|mediation|inspection|audit|exam|interview",
    r"completion|exchange|signing|handover|auction|delivery|move|wedding",
    r"meeting|agm|board|shareholders",
    r"appointment (?=with the|at the)|appointment",
)
# "Entro nel nuovo appartamento il 1° marzo": here "entro" is "I enter".
_ENTERS = re.compile(
    r"\bentro (?:nel(?:la|lo|l'| )|nei|nelle|in (?:servizio|carica|possesso|ospedale|clinica|casa))"
    r"(?! ?(?:mese|giro|corso|termine|prossim|breve|settimana|anno|giornata|arco))"
)
_EVENT_WORD = words(_EVENT)
_EVENT_DATED = re.compile(rf"\b{_EVENT}(?: [a-z']+){{0,4}} $")
_EVENT_OF = re.compile(
    rf"\b{_EVENT}(?: [a-z']+){{0,3}} (?:del|dell'|di|of|in data)(?: the| il)?[ ']?$"
)
# "The deadline of", "alle 9 del": what follows is no date of a paper.
_LIMIT_DATED = re.compile(
    r"\b"
    + either(
        r"corso|arco|durata|scadenz\w*|termine|data(?: ultima| limite)?|limite|rata|fine|entro",
        r"mattina(?:ta)?|sera(?:ta)?|pomeriggio|giornata|giorno|settimana|mezzogiorno",
        r"ore \d+\S*|alle \d+\S*|le \d+\S*|\d+(?::\d\d)?",
        r"course|deadline|date|end|close|morning|afternoon|noon|week",
    )
    + r"(?: (?:di|del|della|dello|dell'|of|in data))?(?: the| il)?[ ']?$"
)

# When to ring, and who is in ---------------------------------------------------------------------

# "Passare al nuovo gestionale" is no visit.
_TO_SOMETHING_NEW = (
    r"(?:al?|alla|all') ?(?:nuov|regime|forfettari|ordinari|cloud|gestional|software|sistem|version"
    r"|fattur|contabilit|srl|s\.r\.l)"
)
_AVAILABILITY = words(
    # to talk and to meet
    r"(?:ri)?chiam(?!ato\b)\w*|esser\w* (?:ri)?chiamato|telefon\w*|contatt\w*",
    r"risponde\w* al telefono|parlar(?:vi|ne|ci|mi)",
    r"(?:ci|vi) (?:sentiamo|vediamo|vedo|aggiorniamo)|sentir(?:ci|mi|vi|la)|sentiamoci",
    r"vederci|vediamoci|incontrarci|appuntamento|ricev(?:e|ete|iamo)",
    rf"passo|passare(?! {_TO_SOMETHING_NEW})|passiamo|vengo|venire",
    # to be in or away
    r"trov(?:ate|i|a|ar)\w*|mi trova\w*|reperibil\w*|raggiungibil\w*|disponibil\w*",
    r"in ufficio|in sede|e in studio|c'e la segretaria|ci siete|ci sono|orari\w*",
    r"libero|libera|liberi|chiusi|apert[io]|siete aperti|siamo (?:chiusi|aperti|fuori|in)",
    r"sono (?:fuori|via|libero|libera|a casa|in)|in ferie|ferie|in vacanza",
    r"torn(?:o|a|iamo|ano|era)|rientr\w*|parto|parti(?:amo|re)",
    # in English
    r"call\w*|ring\w*|phone|telephone|text me|speak|talk|chat|contact (?:me|us)",
    r"reach (?:me|us|him|her)|get hold of|meet you|see you|appointment",
    r"drop by|come by|pop in|stop by",
    r"available|availability|free|office hours|opening hours|opening|in the office",
    r"is in|am in|are in|is out|are closed|am around",
    r"out of (?:the )?office|on (?:holiday|leave|vacation)|away|abroad",
    r"back (?:on|in|from)|return\w*",
)
_RING = words(r"(?:ri)?chiam\w*|telefon\w*", r"call\w*|ring\w*|phone\w*")
_MEETING_LIMIT = re.compile(
    r"\b(?:appuntamento|disponibil\w*|libero|libera|reperibil\w*|appointment|available)\b[^,]*"
    r"\b(?:per|fino a[l]?|dal|until|till|before|within)\b[^,]*$"
)
# "Away until", "in ferie fino al": when somebody is back.
_ABSENT_UNTIL = re.compile(
    r"\b"
    + either(
        r"in ferie|in vacanza|via|fuori|assente|chius[oaie]|all'estero|in (?:malattia|maternita)",
        r"in trasferta|non c'e|non ci (?:sono|siamo)",
        r"away|abroad|closed|out|off|on (?:holiday|leave|vacation|maternity leave)",
    )
    + r"\b[^,]*\b(?:fino a[l]?|sino a[l]?|until|till)\b[^,]*$"
)
_RING_ME = re.compile(r"\b(?:(?:ri)?chiamat\w*|telefonat\w*|call|ring|phone)\b[^,]*$")
_RING_LIMIT = re.compile(r"\b(?:per|prima|dopo|fino a[l]?|until|till|before)\b[^,]*$")

# What has happened -------------------------------------------------------------------------------

_BACKGROUND = words(
    # papers that came and went
    r"ricevut\w*|notificat\w*|notifica|arrivat\w*|recapitat\w*|pervenut\w*|ritirato|ritirata",
    r"emess\w*|inviat\w*|mandat\w*|spedit\w*|consegnato|datat\w*|venut[oa]|vi scrivo",
    r"depositat\w*|presentat[oaie] (?:il|domanda)|protocollat\w*|registrat\w*|trascritt\w*",
    r"firmat\w*|sottoscritt\w*|stipulat\w*|deciso",
    # money
    r"pagat\w*|versat\w*|saldat\w*|comprat\w*|acquistat\w*",
    r"bonific\w*|incassat\w*|fatturat\w*",
    # life
    r"nat[oa]|nascita|decedut\w*|mort[oa]|mancat[oa]|cadut\w*",
    r"sposat\w*|separat\w*|divorziat\w*|trasferit\w*",
    r"successo|accadut\w*|avvenut\w*|incident\w*|sinistro|infortun\w*",
    r"licenziat\w*|assunt\w*|iniziat\w*|cominciat\w*|scattat\w*",
    r"aperto|costituit\w*|fondat\w*|controllo",
    # words exchanged
    r"parlato|sentito|chiamato|scritto|detto|visto|letto|scoperto|accort[oa]",
    # in English
    r"received|served|notified|arrived|came|found|got|dated|delivered|emailed",
    r"sent|posted|issued|filed|signed|settled",
    r"paid|bought|purchased|transferred",
    r"born|birthday|birth|died|passed away|fell|married|moved in",
    r"happened|occurred|accident|fired|dismissed|hired|started|began",
    r"opened|founded|incorporated",
    r"spoke|talked|called|wrote|told|said|saw|read|visited|met",
    r"since|ago|have been|has been|i've|we've",
)
# A participle after "ho" or "è", or an English verb in -ed, tells what has happened.
_HAPPENED = re.compile(
    r"\b(?:ho|hai|ha|abbiamo|avete|hanno|e|sono|siamo) (?:gia |appena |stat[oaie] |sempre )*"
    r"(?!fissa|previst|convocat|indett|programma|stabilit|rinvia|proroga|concorda"
    r"|pattuit|dovut|richiest|tenut|chiest|detto|data\b|stat)"
    r"\w{2,}(?:[aiu]t[oaie]|[eo]rs[oaie]|ess[oaie]|[ei]tt[oaie]|us[oaie])\b"
    r"|\b(?!need|want|fixed|schedul|expect|requir|plann|list|call)\w{3,}ed "
    r"(?:(?:\w+ ){0,2})?(?:on|in|at)(?: the)? $"
)
RECEIVED = words(
    r"avvis[oi]|raccomandata|lettera|diffida|intimazione|accertamento|contestazione",
    r"multa|verbale|sentenza|decreto|ingiunzione|atto|cartella",
    r"ricevut\w*|ricezione|notific\w*|pervenut\w*|arrivat\w*|recapitat\w*|consegnat\w*",
    r"ritirat\w*|depositat\w*|pubblicat\w*|emess\w*|comunicat\w*|contestat\w*",
    r"firmat\w*|acquist\w*|comprat\w*|licenziat\w*|licenziamento",
    r"letter|summons|writ|notice|judgment|order|fine",
    r"received|served|notified|delivered|issued|published|arrived|came|got|dated",
    r"signed|bought|dismissed",
)
_RECEIVED_BEFORE = words(r"ricevut\w*", r"received")
# A date of more than so many days ahead after "ho parlato" is last year's.
SAID_AHEAD = 150
_SAID = words(
    r"detto|scritto|chiesto|indicato|parlato di",
    r"told|said|says|wrote|asked|mentioned|suggested",
)
_SPOKEN = re.compile(r"^,? (?:ho|abbiamo|mi|ci|ha|hanno|vi|i|we|they|he|she)\b")


def role_of(left: str, right: str, *, days_ahead: int) -> Role | None:
    """Return the role of a date between two pieces of text, or None where it is taken back.

    ``left`` and ``right`` reach to the ends of the clause or the neighbouring dates; ``days_ahead``
    counts the days from today to the date.
    """
    left = _LIMIT_SAID.sub("", left)
    if _NOT_BEFORE.search(left):
        return Role.FROM
    if _NEGATED.search(left) and not re.search(r"\b(?:non oltre|not later)\b[^,]*$", left):
        return None
    if _FROM.search(left) and (_TOO_LATE.search(left) or _TOO_LATE.search(right[:40])):
        return Role.HARD_LIMIT
    if _DENIED.match(right):
        return None
    if _NEW_DATE.search(left[-70:]) and _TO_A_DATE.search(left):
        return Role.NEW_DATE
    if _IMMEDIATE_LIMIT.search(left):
        return _limit_role(left, right)
    if _AS_LIMIT.match(right):
        return Role.HARD_LIMIT
    if _FROM.search(left) and days_ahead > 0 and not _AVAILABILITY.search(f"{left} {right}"):
        return Role.FROM
    if _SINCE.search(left):
        return Role.BACKGROUND
    if _DATED.search(left):
        return _dated_role(left, right, ahead=days_ahead > 0)
    return _clause_role(left, right, days_ahead=days_ahead)


def _limit_role(left: str, right: str) -> Role:
    if _MEETING_LIMIT.search(left) or _ABSENT_UNTIL.search(left):
        return Role.AVAILABILITY
    if _RING_ME.search(left) and _RING_LIMIT.search(left):
        return Role.AVAILABILITY
    if _HARD.search(left) or _HARD.search(right[:30]):
        return Role.HARD_LIMIT
    return Role.WISH if _WISH.search(left) or _WISH_AFTER.match(right) else Role.LIMIT


def _dated_role(left: str, right: str, *, ahead: bool) -> Role:
    if _EVENT_DATED.search(left) or _EVENT_OF.search(left):
        return Role.EVENT
    if _LIMIT_DATED.search(left):
        return _limit_role(left, right)
    cued = re.search(r"\b(?:entro|by|per)\b", left[-30:])
    return Role.BARE if ahead and cued else Role.BACKGROUND


def _clause_role(left: str, right: str, *, days_ahead: int) -> Role:
    """Weigh the words around a date that no preposition explains."""
    clause = f"{left} {right}"
    near = left.rsplit(",", 1)[-1]
    enters = _ENTERS.search(left)
    if enters and not (
        _BACKGROUND.search(after := left[enters.end() :]) or _HAPPENED.search(after)
    ):
        return Role.EVENT
    if _PAST_DUTY.search(near):
        return Role.LIMIT
    if _HARD.search(left):
        return Role.HARD_LIMIT
    strong = _DEADLINE_WORD.search(near) or (
        _DEADLINE_WORD.search(clause) and not _BACKGROUND.search(near)
    )
    if strong and not _RECEIVED_BEFORE.search(left):
        return Role.WISH if _WISH.search(left) else _limit_role(left, right)
    event_near = _EVENT_WORD.search(near) and "," in left
    if event_near and not (_BACKGROUND.search(near) or _AVAILABILITY.search(f"{near} {right}")):
        return Role.EVENT
    if _AVAILABILITY.search(f"{near} {right.split(',', 1)[0]}"):
        event = _EVENT_WORD.search(left) and not _RING.search(clause)
        return Role.EVENT if event else Role.AVAILABILITY
    if _SAID.search(near) and 0 < days_ahead <= SAID_AHEAD:
        return Role.BARE
    ahead = days_ahead > 0
    behind = _BACKGROUND.search(right) and (not ahead or _SPOKEN.match(right))
    told = near if _TELLS_OF_NOW.search(near) and "," in left else left
    if (_BACKGROUND.search(told) or _HAPPENED.search(told) or behind) and not (
        _DUTY.search(left) and ahead
    ):
        return Role.BACKGROUND
    if _EVENT_WORD.search(clause):
        return Role.EVENT
    if _AVAILABILITY.search(clause):
        return Role.AVAILABILITY
    if _WISH.search(clause):
        return Role.WISH
    return Role.LIMIT if _DUE_WORD.search(clause) else Role.BARE


def is_past(left: str, right: str) -> bool:
    """Tell whether a clause, left and right of a date, puts the date in a past tense.

    A new date ("era il 30 ma è stato prorogato al ...") is no longer in that tense.
    """
    right, near = re.split(r"[,(]", right, maxsplit=1)[0], left.rsplit(",", 1)[-1]
    if _OVER.search(left):
        return True
    now = _DUTY.search(near) or _THIS_TIME.search(near)
    if near != left and now and not _PAST.search(near):
        return False
    if _NEW_DATE.search(left) or _NO_PAST.search(f"{left} {right}"):
        return False
    return bool(_PAST.search(left) or _PAST.search(right))


def corrects(before: str, between: str) -> bool:
    """Tell whether the words before and between two dates take the first one back."""
    if any(pattern.search(between) for pattern in _TAKES_BACK):
        return True
    if _WAS_TO_BE.search(before) and _BUT.search(between):
        return True
    return bool(_BUT_IT_IS.search(between) and _WRONG.search(before))


def narrows(between: str) -> bool:
    """Tell whether the words between a period and a day name the day in its place."""
    return bool(_NARROWS.search(f" {between}"))


def also_will_do(between: str, after: str) -> bool:
    """Tell whether the words between and after two dates say that the second would do too."""
    return bool(_ALSO.search(between) or (_OR_BUT.search(between) and _WILL_DO.match(after)))
