"""What the customers of the demo say, how they are answered, and how it ends.

A line begins with who speaks and when: `c` the customer, so many minutes after the line before; `a` the agency, so many
business minutes later; `r` the customer changes a review to the stars that follow. `when` is the begin: weeks ago,
weekday and local time, or `ago` and business minutes.
"""

from dataclasses import dataclass

from .stories_waves import WAVES


@dataclass(frozen=True)
class Story:
    """One conversation; `who` is the colleague who has it, `end` the step that closes it ('' leaves it open)."""

    where: str
    when: str
    author: str
    lines: tuple[str, ...]
    stars: int | None = None
    end: str = "resolve"
    who: str = ""
    note: str = ""
    campaign: str = ""
    vip: bool = False


S = Story
SINGLE = (
    # Things that must not lie about.
    S("tidenhub/instagram", "ago 200", "Nele Sörensen", (
        "c: Moin, ist in eurem Nusszopf auch Erdnuss drin? Mein Sohn hat eine schwere Allergie und hat abgebissen.",
        "c4: Bitte schnell antworten, er hat Ausschlag!"), end="", who="malte",
      note="Bäckerei angerufen: Rezept liegt gleich vor."),
    S("tidenhub/mail", "9 tue 10:12", "Merle Kock", (
        "c: Guten Tag, enthält das Dinkelvollkorn Spuren von Sesam? Ich bin allergisch.",
        "a35: Guten Tag Frau Kock, ja: In der Backstube wird Sesam verarbeitet, Spuren sind möglich. Sicher ist "
        "das Reisbrot am Donnerstag, das wir getrennt backen.",
        "c50: Vielen Dank, das ist sehr hilfreich!"), end="no_reply_needed,resolve", who="jonas"),
    S("vennhusen/mail", "5 thu 11:05", "Kanzlei i. A. von Hartwig Ohm", (
        "c: Unser Mandant Herr Ohm rügt erhebliche Mängel am Fahrzeug vom 14. Wir fordern Sie auf, binnen zehn Tagen "
        "Abhilfe zu schaffen; andernfalls wird unser Rechtsanwalt Klage erheben.",
        "a95: Sehr geehrte Damen und Herren, Ihr Schreiben ist eingegangen und liegt der Geschäftsführung vor. Sie "
        "erhalten bis Freitag eine Stellungnahme.",
        "c1300: Wir nehmen das zur Kenntnis und erwarten Ihre Stellungnahme.",
        "a70: Die Stellungnahme ist heute per Einschreiben an Sie gegangen."), end="wait_client", who="malte",
      note="Nichts zusagen! Herr Vennhusen spricht erst mit seinem Anwalt.", vip=True),
    S("ellerwisch/mail", "3 mon 08:20", "Jost Wilmers", (
        "c: Sie haben meine Röntgenbilder an die falsche Adresse geschickt. Das ist ein Verstoß gegen den Datenschutz, "
        "ich erwarte Auskunft nach der DSGVO.",
        "a48: Guten Tag Herr Wilmers, das tut uns sehr leid. Frau Dr. Ellerwisch ruft Sie heute noch persönlich an.",
        "c300: Danke, das Gespräch war gut. Die Sache ist für mich erledigt."), end="resolve", who="aylin"),
    S("pfotenhag/mail", "ago 45", "Swantje Beil", (
        "c: Unser Kater hat nach der Spritze von gestern nichts gefressen und liegt nur noch apathisch da. "
        "Können wir heute noch kommen?",), end="", who="aylin"),
    # A wrong price.
    S("sehmoewe/facebook", "4 wed 12:40", "Ulf Radtke", (
        "c: Im Schaufenster steht die Sonnenbrille für 79 Euro, an der Kasse waren es plötzlich 129. Frechheit!",
        "a60: Hallo Herr Radtke, Sie haben recht: Das Schild war falsch, der Fehler liegt bei uns. Natürlich gilt "
        "für Sie der Preis vom Schild – bitte bringen Sie den Bon mit.",
        "c900: Das nenne ich fair, danke. Bin morgen da."), end="resolve", who="aylin"),
    S("wiesenquast/facebook", "7 fri 15:10", "Inken Jessen", (
        "c: Auf eurer Seite kostet die Abokiste 18 Euro, abgebucht wurden 24. Was stimmt denn nun?",
        "a150: Hallo Inken, 18 Euro stimmen. Die Differenz ist heute zurücküberwiesen, entschuldige bitte!"),
      end="resolve", who="malte", campaign="abokiste"),
    # Reviews whose stars changed after our answer.
    S("blauer-dachs/google", "8 sun 19:30", "Familie Lechner", (
        "c: Über eine Stunde auf das Essen gewartet, der Braten war kalt. Sehr enttäuschend.",
        "a70: Liebe Familie Lechner, das war nicht unser Tag, und es tut uns leid. Dürfen wir Sie zum Sonntagsbraten "
        "einladen? Bitte rufen Sie kurz an. Ihre Resi Angermoser",
        "r20200: 5 Wir waren noch einmal dort: eingeladen, heiß, köstlich und sehr herzlich. So geht Gastgeber!"),
      stars=2, end="", who="malte"),
    S("muldenkiesel/google", "6 sat 13:20", "Corvin Tietze", (
        "c: Nach der Inspektion schleift die Bremse. So etwas darf nicht passieren.",
        "a110: Hallo Corvin, das darf es wirklich nicht. Komm bitte ohne Termin vorbei, wir stellen sie sofort ein.",
        "r7300: 4 Wurde sofort und kostenlos behoben, deshalb jetzt vier Sterne."),
      stars=1, end="", who="jonas", campaign="fruehjahrscheck"),
    S("wellenkamm/google", "2 thu 18:45", "Bente Carstens", (
        "c: Schnitt schief, Farbe fleckig. Leider nie wieder.",
        "a240: Liebe Frau Carstens, das möchten wir in Ordnung bringen. Bitte melden Sie sich bei Katrin im Salon.",
        "r4000: 1 Nachtrag: Am Telefon wurde ich abgewimmelt. Eine Unverschämtheit.",
        "a65: Liebe Frau Carstens, ich bin die Inhaberin und rufe Sie heute selbst an."), stars=2, who="malte"),
    # Spam.
    S("kommakrebs/facebook", "10 sat 03:12", "Crypto Queen", (
        "c: Verdiene 5000 Euro am Tag von zu Hause!!! Schreib mir: www.schnell-reich.example",), end="spam",
      who="jonas"),
    S("tidenhub/facebook", "5 sun 04:40", "SEO Expert", (
        "c: Hello dear, I can bring your website to place one on Google. Best price, contact me now.",), end="spam",
      who="jonas"),
    S("sehmoewe/facebook", "2 mon 02:15", "Follower Fabrik", (
        "c: 10.000 echte Follower für 29 Euro, nur heute! follower-fabrik.example",), end="spam", who="aylin"),
    # Waiting for somebody.
    S("hobelbrink/facebook", "1 mon 09:15", "Gesche Alpers", (
        "c: Was kostet ungefähr ein Esstisch aus Eiche, 2,20 Meter?",
        "a80: Moin Frau Alpers, je nach Gestell ab etwa 1.900 Euro. Schicken Sie uns ein Foto von dem Raum?"),
      end="wait_customer", who="malte"),
    S("atemkiesel/mail", "1 tue 18:05", "Ronja Fink", (
        "c: Ich möchte meine Zehnerkarte wegen einer Verletzung verlängern. Geht das?",
        "a40: Liebe Ronja, gute Besserung! Ich frage im Studio nach und melde mich."), end="wait_client", who="aylin",
      note="Studio gefragt, Antwort nach dem Wochenende."),
    S("ellerwisch/google", "2 tue 10:50", "Arne L.", (
        "c: Freundliches Team, aber ohne Termin wartet man ewig.",
        "a200: Danke für die offenen Worte! Wann waren Sie bei uns? Dann sehen wir nach, was los war."),
      stars=3, end="wait_customer", who="aylin"),
    # What runs: overdue, due soon, just in.
    S("vennhusen/facebook", "ago 330", "Torben Ihnen", (
        "c: Seit drei Wochen warte ich auf den Rückruf zu meiner Reklamation. Echt schlecht!",), end="", who="jonas"),
    S("wellenkamm/instagram", "ago 400", "Femke W.", (
        "c: Macht ihr auch Brautfrisuren und was kostet das?",), end=""),
    S("kommakrebs/mail", "ago 200", "Ottilie Brehme", (
        "c: Guten Tag, ist meine Bestellung vom Montag schon abholbereit?",), end="", who="aylin"),
    S("blauer-dachs/mail", "ago 195", "Kegelclub Alle Neune", (
        "c: Haben Sie am übernächsten Samstag noch einen Tisch für 14 Personen frei?",), end="", who="malte"),
    S("sehmoewe/google", "ago 95", "Heiko Dunker", (
        "c: Brille nach zwei Wochen kaputt, im Laden nur Achselzucken.",), stars=2, end="", who="aylin"),
    S("muldenkiesel/instagram", "ago 25", "Lasse on Tour", (
        "c: Habt ihr noch Gravelreifen in 45 Millimeter da?",), end=""),
    S("wiesenquast/mail", "ago 60", "Hauke Thomsen", (
        "c: Ab wann gibt es wieder Grünkohl?",), end=""),
    S("kommakrebs/google", "ago 15", "Sunniva Roth", (
        "c: Wunderbare Beratung, ich gehe nie ohne drei Bücher nach Hause.",), stars=5, end=""),
    S("hobelbrink/google", "ago 120", "Eike Struck", (
        "c: Sauber gearbeitet, pünktlich geliefert.",), stars=5, end="", who="malte"),
    # Everyday, answered in time.
    S("tidenhub/facebook", "12 mon 07:10", "Jannis Holm", (
        "c: Habt ihr am Feiertag geöffnet?", "a25: Moin Jannis, ja, von 8 bis 11 Uhr!"), who="jonas"),
    S("tidenhub/google", "11 sat 11:30", "Roswitha P.", (
        "c: Bestes Franzbrötchen der Stadt, und immer ein Lächeln dazu.",
        "a300: Liebe Roswitha, das Lächeln geben wir gern zurück!"), stars=5, who="jonas", campaign="franzbroetchen"),
    S("ellerwisch/mail", "11 thu 09:25", "Mirja Koop", (
        "c: Kann ich meinen Termin am 12. auf den Nachmittag verlegen?",
        "a55: Gerne, 15:30 Uhr ist für Sie eingetragen.", "c20: Perfekt, danke!"), end="no_reply_needed,resolve",
      who="aylin"),
    S("muldenkiesel/mail", "10 wed 11:00", "Silvio Krantz", (
        "c: Wie lange dauert zurzeit eine Inspektion?",
        "a90: Hallo Silvio, etwa vier Werktage. Dürfen wir dich eintragen?",
        "c600: Ja bitte, nächsten Dienstag.", "a45: Ist eingetragen, bis Dienstag!"), who="jonas",
      campaign="fruehjahrscheck"),
    S("hobelbrink/google", "9 thu 12:10", "Dörte M.", (
        "c: Der Schrank passt auf den Millimeter. Klasse Arbeit!", "a420: Danke Dörte, viel Freude damit!"), stars=5,
      who="malte"),
    S("pfotenhag/google", "9 fri 17:30", "Vroni H.", (
        "c: Sehr liebevoller Umgang mit unserer alten Hündin. Danke!",
        "a180: Liebe Vroni, alles Gute für die alte Dame!"), stars=5, who="aylin"),
    S("blauer-dachs/facebook", "8 wed 12:15", "Georg Maier", (
        "c: Gibt es bei den Wildwochen auch etwas Vegetarisches?",
        "a50: Freilich! Kasspatzen, Pilzragout und Kürbisknödel."), who="jonas", campaign="wildwochen"),
    S("atemkiesel/instagram", "7 tue 17:40", "Emily Carter", (
        "c: Hi, do you offer classes in English?",
        "a30: Hi Emily, yes: Wednesdays at 6 pm with Nora. First class is free!", "c15: Great, see you then!"),
      end="no_reply_needed,resolve", who="aylin"),
    S("vennhusen/google", "7 sat 10:30", "Rolf Dirks", (
        "c: Faire Beratung, kein Drängen. Gerne wieder.", "a240: Danke Herr Dirks, gute Fahrt!"), stars=5, who="jonas",
      campaign="probefahrt"),
    S("wiesenquast/mail", "6 wed 09:40", "Sarah Mitchell", (
        "c: Good morning, is your farm shop accessible by wheelchair?",
        "a75: Good morning Sarah, yes, there is a ramp at the back entrance, with parking beside it."), who="malte"),
    S("wellenkamm/instagram", "6 fri 13:05", "Tomke B.", (
        "c: Wer hat mir letzte Woche die Strähnen gemacht? Ich liebe sie!",
        "a35: Das war Katrin, sie freut sich gerade sehr!"), who="jonas"),
    S("kommakrebs/mail", "4 tue 16:20", "Grundschule am Anger", (
        "c: Können wir mit 24 Kindern am Vorlesetag zu Ihnen kommen?",
        "a110: Sehr gerne! Passt Ihnen Freitag um 10 Uhr?", "c1300: Ja, wunderbar.",
        "a60: Dann bis Freitag, wir freuen uns auf alle 24!"), who="aylin", vip=True),
    S("tidenhub/mail", "3 wed 08:45", "Büro Lindqvist", (
        "c: Liefern Sie auch belegte Brötchen für 30 Personen?",
        "a65: Moin, ab 20 Stück liefern wir im Stadtteil kostenlos. Sollen wir ein Angebot schicken?",
        "c100: Ja, gerne.", "a40: Ist unterwegs!"), who="malte"),
    S("muldenkiesel/google", "3 fri 15:00", "Anna Beyer", (
        "c: Ordentliche Werkstatt, fairer Preis.", "a280: Danke Anna, gute Fahrt!"), stars=4, who="jonas"),
    S("sehmoewe/google", "2 wed 10:05", "Marlies T.", (
        "c: Endlich eine Brille, mit der ich wieder lesen kann. Herzlichen Dank!",
        "a120: Liebe Marlies, das ist das schönste Lob."), stars=5, who="aylin"),
    # Answered too late.
    S("hobelbrink/facebook", "10 tue 10:00", "Jörn Tapken", (
        "c: Die neue Tür klemmt nach einer Woche. Das ist sehr ärgerlich.",
        "a310: Moin Herr Tapken, entschuldigen Sie die späte Antwort. Wir kommen morgen früh vorbei."), who="malte"),
    S("blauer-dachs/google", "4 sat 20:15", "Sepp W.", (
        "c: Unfreundlicher Service, die Suppe versalzen.",
        "a400: Servus Sepp, das tut uns leid, und diese Antwort kommt zu spät. Die Küche weiß Bescheid."), stars=1,
      who="malte"),
    S("vennhusen/mail", "2 fri 14:30", "Okka Behrends", (
        "c: Wann kann ich endlich meinen Wagen abholen?",
        "a520: Guten Tag Frau Behrends, ab heute 15 Uhr. Bitte entschuldigen Sie die Verspätung unserer Antwort."),
      who="jonas"),
    S("pfotenhag/mail", "5 mon 10:20", "Loisl Gruber", (
        "c: Was kostet das Chippen bei einer Katze?", "a290: Guten Tag, etwa 45 Euro mit Registrierung."), who="aylin"),
)  # fmt: skip


def everything() -> tuple[Story, ...]:
    """All stories in a fixed order; their place names their threads."""
    return SINGLE + tuple(
        Story(where, when, author, lines, stars=stars, who=who, campaign=campaign)
        for where, when, author, lines, stars, who, campaign in WAVES
    )
