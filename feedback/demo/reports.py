"""The demo's monthly reports of the last two months, most of them released, with logos."""

import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from agency.models import Agency, User
from clients import logos
from clients.models import Client, Notice
from feedback.models import Report
from feedback.report import monthly

COMMENT = (
    "Ein ruhiger, guter Monat. Am meisten Anklang fanden die Beiträge, in denen Sie selbst zu sehen waren.\n"
    "Für den nächsten Monat schlagen wir vor, die häufigste Kundenfrage als Tipp zu beantworten."
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
            monthly.comment(made, text=COMMENT, actor=author)
            monthly.release(made, actor=author)
    Notice.objects.filter(kind="report_released").delete()
    Report.objects.filter(build_at__isnull=False).update(build_at=now)


def _logo(word: str, colour: str) -> bytes:
    """A word in a coloured field, drawn large and written small."""
    picture = Image.new("RGBA", (60 + 11 * len(word), 26), colour)
    ImageDraw.Draw(picture).text((10, 7), word, fill="white")
    out = io.BytesIO()
    picture.resize((picture.width * 4, picture.height * 4), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
