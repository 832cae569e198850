"""The two waves of the demo: a shitstorm at the car dealer's in one evening, and praise after a night of reading."""

WRONG_AD = ("vennhusen/facebook", "probefahrt", "malte")
PRAISE = ("kommakrebs/instagram", "lesenacht", "jonas")

_STORM = (
    ("6 mon 16:20", "Kea Uphoff", "Euer Werbespot ist frauenfeindlich und peinlich. Schämt euch!", 55),
    ("6 mon 16:48", "Rasmus Vogt", "Unfassbar schlecht. Wer hat das freigegeben?", 40),
    ("6 mon 17:05", "Imke Saathoff", "Ich bin Kundin seit zehn Jahren und zutiefst enttäuscht.", 65),
    ("6 mon 17:11", "Tjark H.", "Peinlich. Nie wieder kaufe ich bei euch.", 130),
    ("6 mon 17:30", "Melanie Fecht", "Nehmt diesen Müll sofort aus dem Netz!", 160),
    ("6 mon 18:40", "Dirk aus Leer", "Was für ein Saftladen. Ekelhaft!", 170),
    ("6 mon 19:25", "Wencke B.", "Sexistischer Mist, ihr habt gar nichts verstanden.", 35),
)
_SORRY = "Sie haben recht, {name}: Der Spot war ein Fehler. Er ist gelöscht, und wir bitten um Entschuldigung."
_PRAISED = (
    ("3 sat 09:10", "Lioba K.", "Was für ein wunderschöner Abend! Danke für die Lesenacht."),
    ("3 sat 10:05", "buecherwurm_le", "Großartig organisiert, bitte bald wieder!"),
    ("3 sat 11:40", "Henrike Sommer", "Tolle Stimmung, tolle Bücher, tolles Team."),
    ("3 sat 12:20", "Paul Ahrens", "Best bookshop evening ever, thank you so much!"),
    ("3 sat 14:00", "Jule liest", "Ich bin immer noch begeistert. Einfach zauberhaft!"),
)


def _storm():
    where, campaign, who = WRONG_AD
    for when, author, text, minutes in _STORM:
        yield where, when, author, (f"c: {text}", f"a{minutes}: {_SORRY.format(name=author)}"), None, who, campaign


def _praise():
    where, campaign, who = PRAISE
    for number, (when, author, text) in enumerate(_PRAISED):
        yield where, when, author, (f"c: {text}", f"a{40 + 25 * number}: Danke, {author}!"), None, who, campaign


WAVES = (*_storm(), *_praise())
