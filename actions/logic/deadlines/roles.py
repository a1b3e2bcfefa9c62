"""The part a date plays in its clause: limit, wish, event, background or when to ring."""

from __future__ import annotations

import re
from enum import IntEnum


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
    r"[;!?\n:]|\.(?=\s|$)(?<!\bp\.)(?<!\bart\.)(?<!\bn\.)(?<!\bc\.)|\s-\s|\b(?:ma|but|"
    r"pero|mentre|while|however|tuttavia|invece|poi|comunque|anyway|so that)\b"
)


def around(plain: str, position: int) -> tuple[str, str]:
    """Return the words of a clause left and right of a position."""
    start, end = clause_bounds(plain, position)
    return plain[start:position], plain[position:end]


def clause_bounds(plain: str, position: int) -> tuple[int, int]:
    """Return where the clause around a position starts and ends."""
    start = 0
    for match in CLAUSE_END.finditer(plain, max(0, position - 300)):
        if match.end() > position:
            return start, max(match.start(), position)
        start = match.end()
    return start, len(plain)


_PAST = re.compile(
    r"\b(?:era(?:no)?|scadeva(?:no)?|(?:e|sono) (?:gia )?scadut[oaie]|scadut[oaie]|"
    r"andava(?:no)?|doveva(?:no)?|dovevo|dovevamo|avrei dovuto|avremmo dovuto|avrebbe "
    r"dovuto|sarebbe scadut[oa]|"
    r"sarebbe stat[oa]|e (?:gia )?passat[oa]|e trascors[oa]|mancat[oa]|saltat[oa]|"
    r"pers[oa] (?:il termine|la scadenza)|finiva|chiudeva|cessava|terminava|"
    r"was|were|had to|should have|expired|lapsed|missed|has passed|had until|(?:it|"
    r"deadline|offer|call|contract|term|window|tender|lease|period) (?:ended|closed)|"
    r"elapsed|ran out|was supposed)\b"
)
_NO_PAST = re.compile(
    r"\b(?:volevo|i was (?:wondering|hoping|told)|was (?:told|asked|brought|postponed|"
    r"moved|extended|adjourned|rescheduled|put|set|scheduled|fixed|pushed|given|"
    r"granted)|were (?:told|asked|given|granted)|stat[oa])\b"
)

_IMMEDIATE_LIMIT = re.compile(
    r"(?:\b(?:entro(?: e non oltre)?|non oltre|non piu tardi (?:di|del|dell'|della)|"
    r"non dopo|(?:al|il|alla) massimo(?: per| entro| di)?|max\.?|massimo|al piu "
    r"tardi(?: per| entro)?|fino a[l]?|fino al|sino a[l]?|termine(?: ultimo)?:?|"
    r"scadenza:?|deadline:?|scad\.?:?|"
    r"per(?: la data del)?|scade|scadra|scadono|x|prima(?: di| del| dell'| della| "
    r"dello| che)|per (?:la giornata|le ore|l'ora)(?: di| del)?|in data|previst[oa] "
    r"per|fissat[oa] (?:per|a[l]?)|"
    r"(?<!drop )(?<!come )(?<!stop )(?<!pass )(?<!stand )by(?: the end of| close of "
    r"business(?: on)?| end of business(?: on)?| cob| eod)?|until|till|no later than|"
    r"not later than|before|due(?: on| by)?|on or before|latest by|within|up to|at "
    r"the latest(?: by)?|expires(?: on)?|closes(?: on)?|ends(?: on)?|deadline(?: is| "
    r"of)?)"
    r"(?: (?:il|lo|la|le|l'|i|the|giorno|ore|on|end of|cob|eod|close of business|gli|"
    r"domani|il giorno|fine|e non oltre il|quest[oa]|this|next|of|di|del|ore \d+ di|"
    r"mezzogiorno di|about|circa|around|massimo|(?:le|alle)? ?\d{1,2}(?:[:.]\d\d)? "
    r"(?:di|del)|noon on|noon|mezzogiorno del|lunch(?:time)? on|lunch))*[ ']?)$"
)
_DATED = re.compile(
    r"(?:\b(?:del|dello|dell'|della|di|of|dated|datat[oa]|recante data|from|in data|"
    r"risalente a[l]?)(?: the| il| giorno| ieri)?[ ']?)$"
)
_SINCE = re.compile(
    r"\b(?:dal|dallo|dalla|dall'|dai|da|since|from|after|dopo|dopo il|dopo la|"
    r"successivamente a[l]?|a partire da[l]?|starting(?: from)?|as of|as from|"
    r"nat[oa](?: il| a \w+ il)?|born(?: on| in)?)(?: il| la| the| l'| fine| meta)?[ "
    r"']?$"
)
_NEGATED = re.compile(
    r"(?:\b(?:non(?: e)?(?: piu)?|(?:e )?non|not|no longer|invece (?:di|del|che)|"
    r"anziche|instead of|rather than|al posto del|piuttosto che|and not|non prima "
    r"(?:di|del|dell'|della)|not before|no earlier than|non e (?:per|entro)|isn't|non "
    r"entro|not by)(?: il| the| on| by| per| entro| l'| on the| by the)?[ ']?)$"
)
_NEW_DATE = re.compile(
    r"\b(?:prorog\w*|rinvi\w*|rimand\w*|slitt\w*|spost\w*|differi\w*|posticip\w*|"
    r"anticip\w*|aggiornat[oa]|riprogramm\w*|ripianific\w*|estes\w*|allungat\w*|"
    r"portat[oa]|dilazion\w*|nuov[oa] (?:\w+ )?(?:termine|scadenza|data|udienza)|"
    r"nuov[oa] (?:termine|scadenza|data)|"
    r"extend\w*|postpon\w*|adjourn\w*|mov(?:ed|ing|e it)|pushed|push it|put (?:back|"
    r"off)|resched\w*|deferred|brought forward|bring it forward|new (?:deadline|date|"
    r"due date|term|hearing)|prolonged|delayed|shifted|extension|proroga|ora e|adesso "
    r"e|now it's|now it is|is now|it's now|has become|diventa|e diventat[oa])\b"
)
_TO_A_DATE = re.compile(
    r"(?:^|[:,]|\b(?:al|alla|all'|a|ad|to|till|until|per|on|is|it's|e|for|il|by|entro|"
    r"now|ora|adesso|era|diventa|becomes)"
    r"(?: (?:il|the|la|l'))?)[ ']?$"
)
_CORRECTION = re.compile(
    r"\b(?:anzi|mi correggo|correggo|correzione|volevo dire|volevo scrivere|intendevo|"
    r"pardon|ripensandoci|scusate?,?|scusi|ho sbagliato|mi sono sbagliat[oa]|errore "
    r"mio|facciamo|meglio dire|o meglio|ma no|no no|no aspett[aie]\w*|no,? (?:scus\w+|"
    r"il|entro|per)|piuttosto|(?:ora|adesso) (?:il|entro|per)|now (?:the|by|it's)|rectius|ops|oops|"
    r"i mean|i meant|actually|make (?:that|it)|no wait|wait,? no|scratch that|or "
    r"rather|correction|let me correct|my mistake|my bad|on second thought\w*|let's "
    r"say|better|sorry|rather|no,? (?:it's|the|by|not))\b"
)
_BUT_IT_IS = re.compile(
    r"\b(?:ma|but|invece) (?:in realta |actually |really )?(?:e|it's|it is|era|"
    r"intendevo)(?: il| the| l')? ?$"
)
_WRONG = re.compile(r"\b(?:scus\w*|sorry|sbagliat\w*|scritto|wrote|typed|errore|mistake)\b")
_HARD = re.compile(
    r"\b(?:al piu tardi|non oltre|al massimo|max|massimo|limite (?:massimo|ultimo|"
    r"invalicabile|assoluto)?|tassativ\w*|improrogabil\w*|perentori\w*|inderogabil\w*|"
    r"assolutamente|termine ultimo|ultimo giorno|proprio|comunque entro|"
    r"at the latest|no later than|not later than|latest|hard (?:deadline|limit|stop)|"
    r"absolute(?:ly)?|final|drop[- ]dead|must|strict(?:ly)?|worst case|alla peggio|"
    r"mal che vada|cut-?off|in any case)\b"
)
_WISH = re.compile(
    r"\b(?:preferibil\w*|idealmente|ideale|possibilmente|se possibile|se si puo|"
    r"sarebbe (?:bello|meglio|ideale|perfetto|ottimo)|meglio (?:se|entro)|mi "
    r"piacerebbe|ci piacerebbe|spero|speriamo|speravo|magari|auspicabil\w*|con "
    r"l'obiettivo|punto a|obiettivo|"
    r"preferabl\w*|preferred|prefer|ideal\w*|if possible|would be (?:nice|great|ideal|"
    r"good|best|perfect)|hopefully|hoping|hope|i'd love|we'd love|i'd like|we'd like|"
    r"best by|target\w*|aim\w*)\b"
)
_EVENT = (
    r"(?:udienz\w*|rogit\w*|assemble\w*|consegn\w*|comparizion\w*|convocazion\w*|"
    r"appello|gara|colloqui\w*|esam[ei]|ispezion\w*|sopralluog\w*|asta|aste|stipula|"
    r"closing|chiusura|riunion\w*|incontr\w*|preliminar\w*|sfratto|trasloco|perizia|"
    r"processo|discussione|notaio|compromesso|inaugurazion\w*|apertura|matrimonio|"
    r"partenza|precetto|seduta|cda|consiglio|mediazione|verifica|appuntamento (?=in|"
    r"dal|al|presso|con il|con la|dall'|con l')|appointment (?=with the|at the)|"
    r"hearing\w*|trial|completion|handover|auction|meeting|delivery|agm|inspection|"
    r"wedding|exam|interview|board|court|audit|move|exchange|mediation|appointment|"
    r"signing|shareholders)"
)
# "Entro nel nuovo appartamento il 1° marzo": here "entro" is "I enter".
_ENTERS = re.compile(
    r"\bentro (?:nel(?:la|lo|l'| )|nei|nelle|in (?:servizio|carica|possesso|ospedale|clinica|casa))"
    r"(?! ?(?:mese|giro|corso|termine|prossim|breve|settimana|anno|giornata|arco))"
)
_EVENT_WORD = re.compile(rf"\b{_EVENT}\b")
_EVENT_DATED = re.compile(rf"\b{_EVENT}(?: [a-z']+){{0,4}} $")
_DUE_WORD = re.compile(
    r"\b(?:scad\w*|termin[ei]|deadline|due|expir\w*|serve|servono|servirebbe\w*|"
    r"servira|occorre|bisogno|devo|dobbiamo|deve|devono|dovremmo|dovrei|dovrebbe|va|"
    r"vanno|vorre\w*|voglio|vogliamo|vuole|vogliono|chied\w*|chiest\w*|pronto|pronta|"
    r"finire|ultimo giorno|limite|cut-?off|last day|closing date|closes|must|need\w*|"
    r"has to|have to|want\w*|required|needed|payable|should|would like|file|submit|"
    r"ready|end date|basta|chiude|chiudono|finisce|cessa|decade|data|date|fissat[oa]|"
    r"previst[oa]|entro|by|consegna\w*)\b"
)
_AVAILABILITY = re.compile(
    r"\b(?:(?:ri)?chiam\w*|telefon\w*|(?:ci|vi) (?:sentiamo|vediamo|vedo|aggiorniamo)|"
    r"sentir(?:ci|mi|vi|la)|sentiamoci|contatt\w*|trov(?:ate|i|a|ar)\w*|mi trova\w*|"
    r"reperibil\w*|raggiungibil\w*|disponibil\w*|in ufficio|in sede|in ferie|ferie|in "
    r"vacanza|sono (?:fuori|via|libero|libera|a casa|in)|siamo (?:chiusi|aperti|fuori|"
    r"in)|chiusi|apert[io]|orari\w*|libero|libera|liberi|passo|passare|passiamo|vengo|"
    r"venire|vederci|vediamoci|incontrarci|appuntamento|ricev(?:e|ete|iamo)|"
    r"risponde\w* al telefono|torno|torniamo|rientr\w*|parto|parti(?:amo|re)|c'e la "
    r"segretaria|e in studio|siete aperti|ci siete|ci sono|parlar(?:vi|ne|ci|mi)|"
    r"call\w*|ring\w*|phone|telephone|reach (?:me|us|him|her)|available|availability|"
    r"free|out of (?:the )?office|on (?:holiday|leave|vacation)|away|office hours|"
    r"opening hours|opening|in the office|drop by|come by|pop in|stop by|meet you|see "
    r"you|appointment|back (?:on|in|from)|return\w*|text me|get hold of|contact (?:me|"
    r"us)|abroad|speak|talk|chat|is in|am in|are in|is out|are closed|am around)\b"
)
_BACKGROUND = re.compile(
    r"\b(?:ricevut\w*|notificat\w*|notifica|arrivat\w*|firmat\w*|sottoscritt\w*|"
    r"stipulat\w*|pagat\w*|versat\w*|saldat\w*|comprat\w*|acquistat\w*|nat[oa]|"
    r"emess\w*|inviat\w*|mandat\w*|spedit\w*|depositat\w*|presentat[oaie] (?:il|"
    r"domanda)|protocollat\w*|decedut\w*|mort[oa]|mancat[oa]|cadut\w*|successo|"
    r"accadut\w*|avvenut\w*|incident\w*|sinistro|infortun\w*|licenziat\w*|assunt\w*|"
    r"iniziat\w*|cominciat\w*|aperto|costituit\w*|fondat\w*|sposat\w*|separat\w*|"
    r"divorziat\w*|trasferit\w*|parlato|sentito|chiamato|scritto|detto|visto|letto|"
    r"scoperto|accort[oa]|vi scrivo|consegnato|ritirato|ritirata|venut[oa]|controllo|"
    r"scattat\w*|datat\w*|recapitat\w*|pervenut\w*|deciso|bonific\w*|incassat\w*|"
    r"fatturat\w*|registrat\w*|trascritt\w*|nascita|"
    r"received|served|notified|arrived|signed|paid|bought|purchased|born|sent|posted|"
    r"issued|filed|died|passed away|fell|happened|occurred|accident|fired|dismissed|"
    r"hired|started|began|opened|founded|incorporated|married|moved in|spoke|talked|"
    r"called|wrote|told|said|saw|read|came|found|got|dated|delivered|emailed|visited|"
    r"met|since|ago|have been|has been|i've|we've|settled|transferred|birthday|birth)"
    r"\b"
)
# A participle after "ho" or "è", or an English verb in -ed, tells what has happened.
_HAPPENED = re.compile(
    r"\b(?:ho|hai|ha|abbiamo|avete|hanno|e|sono|siamo) (?:gia |appena |stat[oaie] |sempre )*"
    r"(?!fissa|previst|convocat|indett|programma|stabilit|rinvia|proroga|concorda|"
    r"pattuit|dovut|richiest|tenut|chiest|detto|data\b|stat)"
    r"\w{2,}(?:[aiu]t[oaie]|[eo]rs[oaie]|ess[oaie]|[ei]tt[oaie]|us[oaie])\b"
    r"|\b(?!need|want|fixed|schedul|expect|requir|plann|list|call)\w{3,}ed (?:(?:\w+ "
    r"){0,2})?(?:on|in|at)(?: the)? $"
)
_DUTY = re.compile(
    r"\b(?:devo|dobbiamo|deve|devono|va|vanno|vogliono|vuole|chiedono|must|have to|"
    r"has to|need|want|wants|expect|expects|serve|scade|scadenza|termine|deadline|due|"
    r"fissat\w*|previst\w*|scheduled|set for)\b"
)
RECEIVED = re.compile(
    r"\b(?:avvis[oi]|raccomandata|lettera|diffida|intimazione|accertamento|"
    r"contestazione|letter|summons|writ|ricevut\w*|ricezione|notific\w*|pervenut\w*|"
    r"arrivat\w*|recapitat\w*|consegnat\w*|ritirat\w*|depositat\w*|pubblicat\w*|"
    r"emess\w*|comunicat\w*|contestat\w*|multa|verbale|sentenza|decreto|ingiunzione|"
    r"atto|cartella|firmat\w*|acquist\w*|comprat\w*|licenziat\w*|licenziamento|"
    r"received|served|notified|notice|delivered|issued|published|arrived|signed|"
    r"bought|judgment|order|fine|dismissed|came|got|dated)\b"
)


_AS_LIMIT = re.compile(
    r"^,? (?:al (?:piu tardi|massimo)|at the (?:very )?latest|max\b|latest\b|compreso|"
    r"incluso|come (?:termine|limite))"
)
_NOT_BEFORE = re.compile(
    r"\b(?:non prima (?:di|del|dello|dell'|della)|not before|no earlier than)(?: il| the)?[ ']?$"
)
_TELLS_OF_NOW = re.compile(
    r"\b(?:e|sara|finisc\w*|termina|scad\w*|cessa|chiud\w*|ends?|expires?|is|will|runs out|due)\b"
)
_FROM = re.compile(
    r"\b(?:dopo|after|non prima d\w+|not before|a partire da[l]?|starting|as of|as "
    r"from)(?: il| la| l'| the)?[ ']?$"
)
_PAST_DUTY = re.compile(
    r"\b(?:andava(?:no)?|doveva(?:no)?|dovevo|dovevamo|avre(?:i|mmo|bbe|bbero) dovuto|"
    r"had to|should have|was (?:due|supposed)|were (?:due|supposed)|scadeva(?:no)?|"
    r"scadut[oaie]|expired|lapsed|missed|(?:it|contract|offer|term|deadline|call|"
    r"tender|lease|window) (?:ended|closed))\b"
)
_DEADLINE_WORD = re.compile(
    r"\b(?:scad\w*|termin[ei]|deadline|due|expir\w*|ultimo giorno|cut-?off|last day|"
    r"closes|chiude)\b"
)
_RECEIVED_BEFORE = re.compile(r"\b(?:ricevut\w*|received)\b")
_RING = re.compile(r"\b(?:(?:ri)?chiam\w*|telefon\w*|call\w*|ring\w*|phone)")
# A date of more than so many days ahead after "ho parlato" is last year's.
SAID_AHEAD = 150
_SAID = re.compile(
    r"\b(?:detto|scritto|chiesto|indicato|parlato di|told|said|says|wrote|asked|"
    r"mentioned|suggested)\b"
)
_SPOKEN = re.compile(r"^,? (?:ho|abbiamo|mi|ci|ha|i|we|they|he|she|hanno|vi)\b")


def role_of(left: str, right: str, *, days_ahead: int) -> Role | None:
    """Return the role of a date between two pieces of text, or None where it is taken back.

    ``left`` and ``right`` reach to the ends of the clause or the neighbouring dates; ``days_ahead``
    counts the days from today to the date.
    """
    if _NOT_BEFORE.search(left):
        return Role.FROM
    if _NEGATED.search(left) and not re.search(r"\b(?:non oltre|not later)\b[^,]*$", left):
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
    if re.search(
        r"\b(?:appuntamento|disponibil\w*|libero|libera|appointment|available|"
        r"reperibil\w*)\b[^,]*\b(?:per|until|till|fino a[l]?|before|within|dal)\b[^,]*$",
        left,
    ):
        return Role.AVAILABILITY
    if re.search(
        r"\b(?:(?:ri)?chiamat\w*|telefonat\w*|call|ring|phone)\b[^,]*$", left
    ) and re.search(r"\b(?:per|prima|dopo|until|till|before|fino a[l]?)\b[^,]*$", left):
        return Role.AVAILABILITY
    if _HARD.search(left) or _HARD.search(right[:30]):
        return Role.HARD_LIMIT
    if _WISH.search(left) or re.match(
        r"^,? (?:se possibile|if possible|idealmente|ideally|preferibilmente|"
        r"possibilmente|preferably|sarebbe|would be)",
        right,
    ):
        return Role.WISH
    return Role.LIMIT


def _dated_role(left: str, right: str, *, ahead: bool) -> Role:
    if _EVENT_DATED.search(left) or re.search(
        rf"\b{_EVENT}(?: [a-z']+){{0,3}} (?:del|dell'|di|of|in data)(?: the| il)?[ ']?$", left
    ):
        return Role.EVENT
    if re.search(
        r"\b(?:corso|course|arco|durata|scadenz\w*|termine|deadline|data(?: ultima| "
        r"limite)?|date|ore \d+\S*|mattina|sera|pomeriggio|giornata|fine|entro|morning|"
        r"afternoon|end|close|noon|mezzogiorno|limite|giorno|settimana|week|rata|alle "
        r"\d+\S*|\d+(?::\d\d)?|le \d+\S*)(?: (?:di|del|della|dello|dell'|of|in data))?(?: "
        r"the| il)?[ ']?$",
        left,
    ):
        return _limit_role(left, right)
    return (
        Role.BARE if ahead and re.search(r"\b(?:entro|by|per)\b", left[-30:]) else Role.BACKGROUND
    )


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
    right = right.split(",", 1)[0]
    if _NEW_DATE.search(left) or _NO_PAST.search(f"{left} {right}"):
        return False
    return bool(_PAST.search(left) or _PAST.search(right))


def corrects(before: str, between: str) -> bool:
    """Tell whether the words before and between two dates take the first one back."""
    if _CORRECTION.search(between):
        return True
    return bool(_BUT_IT_IS.search(between) and _WRONG.search(before))
