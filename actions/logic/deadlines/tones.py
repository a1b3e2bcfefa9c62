"""Phrases that say there is no deadline, or wish for speed or calm without a date.

Each list has one pattern a line, over the plain (folded, unaccented) text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from actions.logic.deadlines.vocabulary import either


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_TERM = (
    r"(?:scadenz[ae]|termin[ei]|limit[ei](?: di tempo| temporali?)?"
    r"|dat[ae](?: limite| di scadenza| precis[ae]| fiss[ae]| ultim[ae])?"
    r"|giorn[oi] (?:precis[oi]|fiss[oi]|stabilit[oi])"
    r"|vincol[io](?: di tempo| temporali?)?|urgenz[ae] di (?:date|scadenze)"
    r"|due dates?|time ?limits?|cut-?offs?(?: date)?|time ?frames?|time ?constraints?"
    r"|dates?|deadlines?|timeline)"
)
_ADJECTIVE = (
    r"(?:(?:particolar[ei]|precis[aeio]|specific[aeio]|imminent[ei]|fiss[aeio]|ver[aeio]|real[ei]"
    r"|grandi|particular|specific|real|fixed|set|firm|hard|strict|formal|legal|looming|pressing"
    r"|actual|official|immediate|special) )?"
)
_NOT_ITALIAN = (
    r"\bnon (?:c'e|ce|ci sono|ci sarebbe(?:ro)?|ho|abbiamo|ha|hanno|esiste|esistono"
    r"|sono previst[ei]|e previst[ao]|e fissat[ao]|mi risultano?|vedo|risultano?|avrei|avremmo"
    r"|sussist\w+|(?:mi |ci )?hanno (?:dato|fissato|indicato)"
    r"|e stat[ao] (?:fissat|indicat|dat|previst|stabilit)[ao]|sono stat[ei] \w+) "
    r"(?:(?:nessun[ao']?|alcun[ao]?|un[ao']?|particolari|vere|vere e proprie|delle|dei|per ora"
    r"|al momento|ancora|proprio|mica|davvero|assolutamente|in realta|una vera)[ ']{0,2})*"
)
_NOT_ENGLISH = (
    r"\b(?:there(?:'s| is| are|s)? ?(?:not|n't| isn't| aren't)|there (?:isn't|aren't|isnt|arent)"
    r"|(?:do not|don't|dont|does not|doesn't|haven't|have not|havent|has not|hasn't|isn't|is not"
    r"|(?:was not|wasn't|were not|weren't|haven't been|hasn't been) (?:given|told|set))"
    r"(?: really| actually| currently)?(?: have| got| set| been given| given us| gave)?)"
    r" (?:really |actually )?(?:any|a|an|much of a) "
)
NONE = _any(
    (
        rf"\b(?:nessun[ao']?|niente|alcun[ao]?|zero|senza|nessun tipo di)[ ']{{0,2}}"
        rf"(?:alcun[ao]? )?{_ADJECTIVE}{_TERM}",
        rf"{_NOT_ITALIAN}{_ADJECTIVE}{_TERM}",
        r"\b(?:non|nulla|niente) (?:scade|scadono|ha scadenza|hanno scadenza)\b",
        r"\b(?:non|nulla|niente) (?:e in scadenza|in scadenza|da rispettare)\b",
        r"\bnon (?:ce n'e|ce n e|ce ne sono|ce l'ho|ce l'abbiamo|ce l'ha)\b",
        r"\bnon (?:ne ho|ne abbiamo)\b(?! idea| la minima)",
        r"^\W*(?:nessun[ao]|none|nope|niente)\s*[,.;:!]",
        r"\b(?:scadenz[ae]|termin[ei]|deadlines?|due dates?)[ ?:.-]+"
        r"(?:i have |we have |there are |there is |ne ho )?(?:nessun[ao]|none|no|niente)\b",
        r"\ba tempo indeterminato\b",
        r"\b(?:scadenz[ae]|termin[ei])(?: \w+){0,2}:? (?:non (?:ce n'e|ce ne sono|ci sono|ne ho"
        r"|ne abbiamo|c'e)|nessun[ao]|assent[ei])",
        rf"\b(?:no|not any|without(?: any| a)?|zero|not a|free of) {_ADJECTIVE}{_TERM}",
        rf"{_NOT_ENGLISH}{_ADJECTIVE}{_TERM}",
        r"\b(?:nothing|none)(?: is| of it is|'s)? "
        r"(?:due|expires|expiring|to file|scheduled|fixed)\b",
        r"\b(?:do not|don't|dont|haven't) (?:have|got) one\b(?! yet)",
        r"\bopen[- ]ended\b",
        r"\bnot (?:bound by|under) (?:a|any) (?:deadline|time)\w*",
        r"\b(?:does not|doesn't|doesnt|won't|never) expires?\b",
    )
)
# The whole message is a bare no.
BARE_NO = re.compile(
    r"^[\W_]*(?:(?:direi|ma|beh|no|credo|penso|mi sa|well|um|i'd say|i think)[ ,:.]+(?:di |che )?)*"
    r"(?:no|nope|nessun[ao]|niente|nulla|none|nothing|not really|n/a|non ce n'e|nah|no grazie"
    r"|no thanks|no,? thank you|per ora no|al momento no|per il momento no|not at the moment"
    r"|not for now|there (?:is|are) none|there isn't(?: one| any)?)[ ,.]*"
    r"(?:(?:grazie|per ora|al momento|in particolare|thanks|thank you|for now|really|at all"
    r"|particolare|davvero|affatto)[ ,.]*)*[\W_]*$"
)
# Gone by, with no day said.
GONE = _any(
    (
        r"\b(?:gia|ormai) (?:scadut|passat)[oa]\b",
        r"\b(?:scadut|passat)[oa] (?:gia )?da (?:un pezzo|un po'|tempo|molto|parecchio|mesi)\b",
        r"\b(?:it|deadline|date|term)(?:'s| has) (?:already |long )?(?:passed|expired|lapsed)\b",
        r"\b(?:long |already )overdue\b",
    )
)
# A day taken away without a new one.
ADJOURNED = _any(
    (
        r"\ba data da (?:destinarsi|definir\w*|stabilir\w*)",
        r"\bsine die\b",
        r"\buntil further notice\b",
        r"\bto a date (?:to be|yet)\b",
        r"\bindefinitely\b",
    )
)
# Not yet known is no "none": the dialogue may ask again.
UNDECIDED = _any(
    (
        r"\bnon (?:c'e|ho|abbiamo|e stata|hanno) ancora\b",
        r"\bancora (?:da (?:definire|fissare|decidere|stabilire|concordare)|non)\b",
        r"\bda (?:definire|stabilire|concordare)\b",
        r"\bnot yet\b|\bno \w+ yet\b|\byet to be\b|\btb[acd]\b",
        r"\bto be (?:decided|confirmed|defined|agreed)\b",
        r"\bhasn't been (?:set|fixed|decided) yet\b",
        r"\bnon (?:lo )?so ancora\b",
        r"\b(?:vi|le|ti) (?:faccio|faro|facciamo|faremo) sapere\b",
        r"\b(?:do not|don't|dont) know yet\b|\b(?:not|un) ?sure yet\b",
        r"\b(?:i'll|we'll|will) (?:let you know|get back to you)\b",
    )
)
_PERIODS = r"(?:giorn[io]|settiman[ae]|mes[ei]|or[ae]|ann[io])"
_ENGLISH_PERIODS = r"(?:days|weeks|months|hours)"
_YOU_CAN = (
    r"(?:(?:you|your \w+|they|we) (?:possibly |reasonably |all )?(?:can|could|manage|are able)"
    r"(?: manage)?(?: to)?|(?:is )?(?:humanly |reasonably |at all )?"
    r"(?:possible|practicable|feasible|convenient|practical))"
)
_YOU_PLEASE = (
    r"(?:(?:you|they) (?:can|could|like|want|wish|prefer|please|have (?:the |some |any )?time"
    r"|(?:have|get|find) (?:a|the|some|any) (?:moment|minute|chance|second|time|gap)"
    r"|get (?:round|around) to it|are (?:free|able|ready|available|less busy)|feel like it)"
    r"|(?:it )?suits(?: (?:you|your \w+))?(?: best)?|(?:it is |it's |is )?"
    r"(?:possible|convenient|easiest|best)(?: for you)?|(?:it )?works(?: best)?(?: for you)?"
    r"|you|it|is|they)"
)
VAGUE = _any(
    (
        # soon
        r"\b(?:il |quanto |al |nel )?(?:piu )?(?:quanto prima|prima possibile|presto possibile)",
        r"\bprima che (?:potete|puoi|riuscite|puo|si puo)",
        r"\bappena (?:(?:(?:vi|ti|le|mi) )?(?:e |sara |fosse )?possibile|potete|puoi|potrete"
        r"|riuscite|riesci|puo|si puo|(?:avete|hai|ha|avrete) (?:un po' di )?(?:tempo|modo))",
        r"\bil piu (?:presto|in fretta|velocemente|rapidamente)(?: possibile)?",
        r"\bnel (?:minor tempo|piu breve tempo|tempo piu breve)(?: possibile)?",
        r"\bprima (?:e |si fa )?,? ?(?:e )?(?:meglio(?: e)?|finiamo)\b",
        r"\bal piu presto(?: possibile)?\b|\b(?:molto |il piu )?presto\b|\bsubito\b",
        r"\bcon (?:la |una |tutta l')?(?:massima |molta |grande |estrema |certa |assoluta )?"
        r"(?:urgenza|sollecitudine|celerita)\b",
        r"\bimmediat\w*|\b(?:molto |piuttosto |abbastanza )?urgen\w*|\bimpellente\b",
        r"\b(?:ho|abbiamo) (?:molta |tanta |una certa |un po' di )?fretta\b"
        r"|\b(?:velocemente|rapidamente|in fretta)\b",
        r"\b(?:a|entro) breve(?: termine)?\b|\bin poco tempo\b"
        r"|\bin tempi (?:brevi|rapidi|stretti|ragionevoli)\b",
        r"\b(?:tra|fra) (?:non molto|poco|un po')(?: di tempo)?|\bprossimamente\b"
        r"|\btempi ragionevoli\b",
        r"\basap\b|\ba\.s\.a\.p\.?",
        rf"\bas (?:soon|quickly|fast|early|promptly) as (?:{_YOU_CAN}|[^,.;:!?\n]+)",
        rf"\b(?:soon|quickly|fast|early|promptly) as {_YOU_CAN}",
        r"\b(?:as )?(?:soon|quickly|fast|early|promptly) as\b",
        r"\b(?:the )?sooner(?: rather than later|,? the better)?\b|\bsoon(?:est|ish)?\b",
        r"\bright (?:away|now)\b|\bstraight ?away\b|\bat once\b",
        r"\bquick(?:ly|er|est)?\b|\bpromptly\b|\bin a (?:hurry|rush)\b|\bshortly\b|\bbefore long\b",
        r"\b(?:at )?(?:(?:the|your) (?:very )?)?earliest "
        r"(?:convenience|opportunity|possible(?: \w+)?)\b",
        # calm
        r"\bcon (?:tutta |la massima |molta )?(?:la )?(?:calma|comodo|comodita|tranquillita)\b"
        r"|\bcalma\b",
        r"\bsenza (?:nessuna |alcuna |troppa |particolare )?(?:fretta|urgenza|premura|correre)\b",
        r"\bnon (?:c'e|ce|ho|abbiamo|avrei|avremmo) (?:nessuna |alcuna |particolare |troppa |molta "
        r"|tutta questa |gran(?:de)? )?(?:fretta|urgenza|premura)\b",
        r"\bnessuna (?:fretta|urgenza|premura)\b",
        r"\b(?:ai|con i|coi|secondo i) (?:vostri|tuoi|suoi) tempi\b",
        r"\bquando (?:potete|puoi|puo|riuscite|riesci|capita|ce la fate)\b",
        r"\bquando (?:volete|vuoi|vuole|preferite|preferisce)\b",
        r"\bquando (?:avete|hai|ha) (?:un po' di |un )?(?:tempo|modo|momento|attimo)\b",
        r"\bquando (?:si puo|e possibile|vi (?:va|pare))\b",
        r"\bquando (?:vi|ti|le) (?:e|viene|torna) (?:piu )?(?:comodo|possibile)\b",
        r"\b(?:fate|decidete|vedete|scegliete|ditemi) (?:pure )?voi\b",
        r"\b(?:faccia|decida|veda|mi dica) (?:pure )?lei\b",
        r"\bnot (?:fussed|fussy|bothered)\b",
        r"\b(?:up to you|you (?:decide|choose)|your call)\b",
        r"\bindifferente\b|\bnon importa quando\b|\bva bene (?:quando|qualsiasi)\b",
        r"\bin (?:qualsiasi|qualunque) momento\b|\b(?:tempo ce n'e|c'e tempo)\b",
        r"\b(?:tutto )?il tempo che (?:vi |ti )?(?:serve|ci vuole|occorre)\b",
        r"\b(?:no|not in (?:a|any)|without|not a|isn't (?:a|any)|any|zero) (?:great |particular "
        r"|real |big |special |huge |immediate |time )?(?:hurry|rush|urgency|haste|pressure)"
        r"(?: (?:at all|whatsoever))?\b",
        rf"\bwhen(?:ever)? {_YOU_PLEASE}\b|\bwhenever\b",
        r"\btake (?:your|all the) time(?: you (?:need|want|like))?\b"
        r"|\bat your (?:own )?(?:convenience|leisure|pace)\b",
        r"\bany ?time\b|\bno particular time\b|\bin due (?:course|time)\b"
        r"|\b(?:in )?(?:your own )?good time\b",
        # beside the holidays
        r"\b(?:prima|dopo|durante)(?: del?le| le)? (?:feste|ferie|vacanze|festivita)\b",
        r"\bal (?:mio |suo |vostro |nostro )?(?:rientro|ritorno)\b",
        r"\b(?:before|after|over) (?:the |my |our |your )?(?:holidays?|vacations?|break)\b",
        r"\b(?:early |sometime )?in the new year\b|\b(?:con |nel )?l?'?(?:anno nuovo|nuovo anno)\b",
        # some day
        r"\bprima o poi\b|\bpiu (?:in la|avanti)\b|\bin (?:futuro|seguito)\b",
        r"\beventually\b|\bsome ?(?:time|day|point)(?: soon)?\b|\blater on\b"
        r"|\bdown the (?:road|line)\b",
        r"\b(?:in the )?near future\b",
        # some days
        rf"\b(?:nei|nelle|in|tra|fra|entro|per) (?:i |le |gli |l')?(?:prossim[ie]|alcun[ie]|qualche"
        rf"|poch[ie]|divers[ie]|vari[ei]?|un po' di|parecch[ie]) (?:alcun[ie] |poch[ie] "
        rf")?{_PERIODS}",
        r"\b(?:nel giro di |nell'arco di )?(?:qualche (?:giorno|settimana|mese)"
        r"|poch[ie] (?:giorni|settimane|mesi))\b",
        r"\b(?:i|le) prossim[ie] (?:giorni|settimane|mesi)\b",
        rf"\b(?:(?:in|within|over) )?(?:the |a )?(?:next |coming |following )?"
        rf"(?:few|several|some|handful of|couple) (?:more |short )?{_ENGLISH_PERIODS}\b",
        r"\b(?:(?:in|within|over) )?(?:the )?(?:coming|next) (?:days|weeks|months)\b"
        r"|\bin (?:days|weeks|months)\b",
        r"\bdays rather than weeks\b"
        r"|\b(?:(?:tra|fra|in|entro) )?(?:un |una )?(?:mesetto|annetto|settimanella|giornetto)\b"
        r"|\b(?:mesetti|annetti|settimanelle|giornetti)\b",
        # the first days
        r"\bprimi di \w+|\binizio (?:mese|anno|settimana)\b",
    )
)
_SEASON_WITH_ARTICLE = (
    r"(?:(?:la |quest[ao] |nella |della |alla |sulla )?(?:prossima )?(?:primavera)"
    r"|(?:(?:il |questo |nel |del |al )?(?:prossimo )?inverno)"
    r"|(?:(?:l'|quest'|nell'|dell'|all'|d'|il prossimo |prossimo )?autunno)"
    r"|(?:(?:(?:l|quest|nell|dell|all|d)'|(?:la |nella |della )?prossima |in |per |entro |a |di "
    r"|fine |meta |inizio )estate))(?: (?:del )?20\d\d)?"
)
_SEASON_CUE = either(
    r"in|per|entro|prima|verso|durante|(?:la )?fine|meta|(?:l')?inizio|di|della|dell'",
)
_SEASON_CUE_ENGLISH = either(
    r"in|by|before|until|during|over|for|sometime",
    r"(?:the )?end of|late|early|mid",
)
# No two people mean the same day by a season; the words that put it in the past are not matched.
SEASON = _any(
    (
        rf"\b(?:{_SEASON_CUE} ?){{0,4}}(?<!scorsa )(?<!scorso )\b{_SEASON_WITH_ARTICLE}\b"
        r"(?! ?(?:scors[oa]|passat[oa]|planning|tax|agen\w+|law|duty|administration|matters?))",
        rf"\b(?:{_SEASON_CUE_ENGLISH}[ -]){{0,4}}"
        r"(?:the |this |next |coming ){0,2}(?<!last )(?<!past )\b(?:spring|summer|autumn|winter)\b"
        r"(?: (?:of )?20\d\d)?",
        r"\b(?:in the|by the|before the|until the|this|next|by|late|early) fall\b",
    )
)
