"""The texts that the demo agency keeps for each of its clients."""

from clients.models import Client

from ..models import SavedReply

TEXTS = (
    ("danke", "de", "Dank für ein Lob",
     "Guten Tag {customer},\n\nvielen Dank für Ihre freundlichen Worte! Das freut das ganze Team von {client}.\n\n"
     "Herzliche Grüße\n{colleague} für {client}"),
    ("entschuldigung", "de", "Entschuldigung mit Rückfrage",
     "Guten Tag {customer},\n\ndas tut uns leid – so soll es bei {client} nicht sein. Schreiben Sie uns bitte kurz, "
     "wann das war? Dann klären wir es und melden uns bei Ihnen.\n\nViele Grüße\n{colleague}"),
    ("zwischenstand", "de", "Wir kümmern uns",
     "Guten Tag {customer},\n\ndanke für Ihre Nachricht. Wir klären das gerade und melden uns, sobald wir mehr wissen."
     "\n\nViele Grüße\n{colleague}"),
    ("privat", "de", "Bitte um eine private Nachricht",
     "Guten Tag {customer},\n\ndamit keine persönlichen Angaben öffentlich stehen: Schicken Sie uns bitte eine "
     "private Nachricht. Wir antworten Ihnen dort.\n\nViele Grüße\n{colleague} für {client}"),
    ("allergene", "de", "Frage zu Allergenen",
     "Guten Tag {customer},\n\ndanke für die Frage. Zu Allergenen geben wir nur geprüfte Auskunft: Wir fragen im "
     "Betrieb nach und antworten Ihnen hier.\n\nViele Grüße\n{colleague}"),
    ("danke", "en", "Thanks for praise",
     "Hello {customer},\n\nthank you for your kind words! They made the day of everybody at {client}.\n\n"
     "Best regards\n{colleague}"),
)  # fmt: skip


def add(clients: list[Client]) -> None:
    SavedReply.objects.bulk_create(
        SavedReply(client=client, shortcut=shortcut, language=language, title=title, text=text)
        for client in clients
        for shortcut, language, title, text in TEXTS
    )
