"""The demo's monthly reports of the last two months, most of them released, with logos."""

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw, ImageFont

from agency.models import Agency, User
from clients import logos
from clients.models import Client, Notice
from feedback.models import Report
from feedback.report import monthly

# What the manager says to a month, by what it was like.
GROWN = (
    "Ein starker Monat: Ihre Beiträge wurden deutlich öfter gesehen als zuvor. Am meisten Anklang fanden die, in denen"
    " Sie selbst und Ihr Team zu sehen waren.\n"
    "Für den nächsten Monat schlagen wir vor, genau da weiterzumachen: ein Blick hinter die Kulissen jede Woche."
)
STEADY = (
    "Ein ruhiger, guter Monat. Am meisten Anklang fanden die Beiträge, in denen Sie selbst zu sehen waren.\n"
    "Für den nächsten Monat schlagen wir vor, die häufigste Kundenfrage als Tipp zu beantworten."
)
FALLEN = (
    "Die Beiträge wurden seltener gesehen als im Monat davor; in den Ferien ist das üblich, und die Rückmeldungen"
    " blieben freundlich.\n"
    "Für den nächsten Monat planen wir zwei Termine im Ort ein: Sie bringen erfahrungsgemäß am meisten."
)
COLOURS = ("#0f5c63", "#8a4b2d", "#3d5a80", "#6b4f8a", "#2f6f4f", "#9a6a1f")


def add(agency: Agency, clients: Iterable[Client], author: User, now: datetime) -> None:
    """The clients' scope is open."""
    logos.of_agency(agency=agency, raw=_logo("Nordlicht", COLOURS[0]), actor=author)
    for place, client in enumerate(clients):
        if place % 2 == 0:
            logos.of_client(client=client, raw=_logo(client.name.split()[-1], COLOURS[place % 6]), actor=author)
        client.agency = agency
        this = now.astimezone(ZoneInfo(client.calendar.document["zone"])).date().replace(day=1)
        last = (this - timedelta(days=1)).replace(day=1)
        for month in ((last - timedelta(days=1)).replace(day=1), last):
            made = monthly.draft(client=client, month=month, actor=author, now=now)
            if month == last and place % 4 == 3:
                continue  # still a draft
            monthly.comment(made, text=_comment(made.document), actor=author)
            monthly.release(made, actor=author)
    Notice.objects.filter(kind="report_released").delete()
    Report.objects.filter(build_at__isnull=False).update(build_at=now)


def _comment(document: dict) -> str:
    now, before = document["effect"]["reach"] or 0, document["effect_before"]["reach"] or 0
    return GROWN if now > before * 1.1 else FALLEN if now < before * 0.9 else STEADY


def _logo(word: str, colour: str) -> bytes:
    """A round mark with the first letter and the word beside it, on white."""
    large, font = ImageFont.load_default(92), ImageFont.load_default(76)
    wide = int(font.getlength(word))
    picture = Image.new("RGBA", (200 + wide, 160), "white")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((8, 8, 152, 152), fill=colour)
    draw.text((80, 80), word[0], fill="white", font=large, anchor="mm")
    draw.text((178, 80), word, fill=colour, font=font, anchor="lm")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
