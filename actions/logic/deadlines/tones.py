"""Phrases that say there is no deadline, or wish for speed or calm without a date."""

from __future__ import annotations

import re

_TERM = r"(?:scadenz[ae]|termin[ei]|deadline|deadlines|limit[ei](?: di tempo| temporali?)?|dat[ae](?: limite| di scadenza| precis[ae]| fiss[ae]| ultim[ae])?|vincol[io](?: di tempo| temporali?)?|urgenz[ae] di (?:date|scadenze)|due dates?|time ?limits?|cut-?offs?(?: date)?|time ?frames?|time ?constraints?|(?:fixed |specific |particular |set |firm |hard |real )?(?:dates?|deadlines?|time limits?|timeline))"
_ADJECTIVE = r"(?:(?:particolar[ei]|precis[aeio]|specific[aeio]|imminent[ei]|fiss[aeio]|ver[aeio]|real[ei]|grandi|particular|specific|real|fixed|set|firm|hard|strict|formal|legal|looming|pressing|actual|official|immediate|special) )?"
NONE = re.compile(
    r"(?:"
    rf"\b(?:nessun[ao']?|niente|alcun[ao]?|zero|senza|nessun tipo di)[ ']{{0,2}}(?:alcun[ao]? )?{_ADJECTIVE}{_TERM}"
    rf"|\bnon (?:c'e|ce|ci sono|ci sarebbe(?:ro)?|ho|abbiamo|ha|hanno|esiste|esistono|sono previst[ei]|e previst[ao]|e fissat[ao]|mi risultano?|vedo|risultano?|avrei|avremmo|sussist\w+|mi hanno dato|ci hanno dato|hanno dato|hanno fissato|hanno indicato|e stat[ao] (?:fissat|indicat|dat|previst|stabilit)[ao]|sono stat[ei] \w+) (?:(?:nessun[ao']?|alcun[ao]?|un[ao']?|particolari|vere|vere e proprie|delle|dei|per ora|al momento|ancora|proprio|mica|davvero|assolutamente|in realta|una vera)[ ']{{0,2}})*{_ADJECTIVE}{_TERM}"
    r"|\b(?:non|nulla|niente) (?:scade|scadono|ha scadenza|hanno scadenza|e in scadenza|in scadenza|da rispettare)\b"
    r"|\bnon (?:ce n'e|ce n e|ce ne sono|ne ho|ne abbiamo|ce l'ho|ce l'abbiamo|ce l'ha)\b"
    r"|^\W*(?:nessun[ao]|none|nope|niente)\s*[,.;:!]|\b(?:scadenz[ae]|termin[ei]|deadlines?|due dates?)[ ?:.-]+(?:nessun[ao]|none|no|niente)\b"
    r"|\ba tempo indeterminato\b|\b(?:scadenz[ae]|termin[ei])(?: \w+){0,2}:? (?:non (?:ce n'e|ce ne sono|ci sono|ne ho|ne abbiamo|c'e)|nessun[ao]|assent[ei])"
    rf"|\b(?:no|not any|without(?: any| a)?|zero|not a|free of) {_ADJECTIVE}{_TERM}"
    rf"|\b(?:there(?:'s| is| are|s)?(?: not|n't| isn't| aren't)|there (?:isn't|aren't|isnt|arent)|(?:i|we|they|it|he|she) (?:do not|don't|dont|does not|doesn't|haven't|have not|havent|has not|hasn't)(?: really| actually| currently)?(?: have| got| set| been given| given us| gave)?|haven't (?:got|been given)|don't have|hasn't got|isn't|is not) (?:really |actually )?(?:any|a|an|much of a) {_ADJECTIVE}{_TERM}"
    r"|\b(?:nothing|none) (?:is |of it is )?(?:due|expires|expiring|to file|scheduled)\b|\bnothing (?:is )?(?:due|expiring|pending with a date)\b|\bopen[- ]ended\b|\bnot (?:bound by|under) (?:a|any) (?:deadline|time)\w*|\bno fixed (?:date|time)\b|\b(?:does not|doesn't|doesnt|won't|never) expires?\b"
    r")"
)
# The whole message is a bare no.
BARE_NO = re.compile(
    r"^[\W_]*(?:(?:direi|ma|beh|no|credo|penso|mi sa|well|um|i'd say|i think)[ ,:.]+(?:di |che )?)*(?:no|nope|nessun[ao]|niente|nulla|none|nothing|not really|n/a|non ce n'e|nah|no grazie|no thanks|no,? thank you|per ora no|al momento no|per il momento no|not at the moment|not for now|nessun problema di tempo|there (?:is|are) none|there isn't(?: one| any)?)[ ,.]*(?:(?:grazie|per ora|al momento|in particolare|thanks|thank you|for now|really|at all|particolare|davvero|affatto)[ ,.]*)*[\W_]*$"
)
# Not yet known is no "none": the dialogue may ask again.
# A day taken away without a new one.
ADJOURNED = re.compile(r"\b(?:a data da (?:destinarsi|definir\w*|stabilir\w*)|sine die|until further notice|to a date (?:to be|yet)|indefinitely)\b")
UNDECIDED = re.compile(
    r"\b(?:non (?:c'e|ho|abbiamo|e stata|hanno) ancora|ancora (?:da (?:definire|fissare|decidere|stabilire|concordare)|non)|(?:e |sono )?da (?:definire|stabilire|concordare)|not yet|no \w+ yet|(?:still )?to be (?:decided|confirmed|defined|agreed)|tb[acd]|yet to be|hasn't been (?:set|fixed|decided) yet)\b"
)
VAGUE = re.compile(
    r"(?:"
    r"\b(?:il |quanto |al |nel |the )?(?:piu )?(?:prima possibile|prima che (?:potete|puoi|si puo|riuscite|puo)|quanto prima|piu presto(?: possibile)?|appena (?:possibile|potete|puoi|riuscite|puo|si puo|avete (?:tempo|modo))|minor tempo possibile|(?:piu )?breve tempo possibile|tempo piu breve possibile)"
    r"|\bprima (?:e |si fa )?(?:,? ?meglio|finiamo)|\bal piu presto|\bsubito|\bimmediatamente|\bimmediat[ao]\b|\burgen\w*|\bimpellente|\bpront[ao] intervento"
    r"|\bcon (?:tutta |la massima |molta )?(?:calma|comodo|comodita|tranquillita|urgenza|sollecitudine|celerita)|\bsenza (?:nessuna |alcuna |troppa |particolare )?(?:fretta|urgenza|premura|correre)|\bnon c'e (?:nessuna |alcuna |particolare |troppa )?(?:fretta|urgenza|premura)|\bnessuna (?:fretta|urgenza|premura)|\bnon (?:ho|abbiamo) (?:nessuna |alcuna |particolare |troppa )?(?:fretta|urgenza|premura)|\bho fretta|\babbiamo fretta|\bfate con calma|\bcalma\b"
    r"|\bquando (?:potete|puoi|puo|riuscite|riesci|volete|vuoi|avete (?:tempo|modo)|hai (?:tempo|modo)|vi (?:e|viene) (?:comodo|possibile)|e possibile|vi e comodo|si puo|vi va|capita|vi pare|preferite|ce la fate|vi torna comodo)|\bai vostri tempi|\bsenza impegno di (?:date|tempi)|\bnon e (?:una cosa )?urgente|\bnon urgente"
    r"|\b(?:nei|nelle|in|tra|fra|entro|per) (?:i |le |gli |l')?(?:prossim[ie]|alcun[ie]|qualche|poch[ie]|divers[ie]|vari[ei]?|un po' di|parecch[ie]) (?:alcun[ie] |poch[ie] )?(?:giorn[io]|settiman[ae]|mes[ei]|or[ae]|temp[io]|ann[io])|\bqualche (?:giorno|settimana|mese)|\bpoch[ie] (?:giorni|settimane|mesi)|\b(?:i|le) prossim[ie] (?:giorni|settimane|mesi)\b"
    r"|\b(?:a|entro) breve|\bin (?:tempi (?:brevi|rapidi|stretti|ragionevoli)|breve tempo|poco tempo|fretta|futuro|seguito)|\b(?:tra|fra) (?:non molto|poco|un po')|\bprossimamente|\bprima o poi|\bvelocemente|\brapidamente|\bpiu in la|\bil tempo che (?:serve|ci vuole|occorre)|\bpresto\b|\btempi ragionevoli|\bpiu avanti|\bin qualsiasi momento|\bin qualunque momento|\bindifferente|\bnon importa quando|\bva bene (?:quando|qualsiasi)|\bsenza limiti di tempo precisi|\btempo ce n'e|\bc'e tempo|\bprima possibile|\bprima che si puo"
    r"|\basap\b|\ba\.s\.a\.p|\bas soon as|\b(?:as )?(?:quickly|fast|early|promptly) as|\bsoon(?:er|est)?\b|\bsoonish\b|\burgent\w*|\bright (?:away|now)|\bstraight ?away|\bimmediate(?:ly)?\b|\bat once\b|\bquickly\b|\bpromptly\b|\bin a hurry\b|\bin a rush\b|\bquick(?:er|est)?\b"
    r"|\b(?:no|not in (?:a|any)|without|not a|isn't (?:a|any)|any|zero) (?:great |particular |real |big |special |huge )?(?:hurry|rush|urgency|haste|pressure)|\bnot (?:that |really |particularly |terribly |at all |so )?urgent|\bwhen(?:ever)? (?:you|it|is|suits|possible|they|works|convenient)\b[^.;!?]{0,30}|\bwhenever\b|\btake (?:your|all the) time|\bat your (?:own )?(?:convenience|leisure|pace)|\b(?:at (?:your )?(?:the )?)?earliest (?:convenience|opportunity|possible)|\banytime\b|\bany time\b|\beventually\b|\bsome ?(?:time|day|point)\b|\bin due (?:course|time)|\bshortly\b|\bbefore long\b|\blater on\b|\bdown the (?:road|line)|\bnear future\b|\bno particular time\b|\bin no time\b|\bin good time\b|\bgood time\b"
    r"|\b(?:in|within|over|during|for)? ?(?:the |these |a |an? matter of )?(?:next |coming |following )?(?:few|several|some|handful of|couple) (?:more |short )?(?:days|weeks|months|hours)|\b(?:the )?(?:coming|next) (?:days|weeks|months)\b|\bsome (?:days|weeks|months)\b|\bdays rather than weeks|\bin (?:days|weeks|months)\b|\b(?:a )?few (?:days|weeks|months)\b"
    r"|\b(?:i )?primi di (?:\w+)|\binizio (?:mese|anno|settimana)\b"
    r")"
)
