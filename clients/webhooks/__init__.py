"""Webhooks out, by Standard Webhooks 1.0: who hears (`endpoints`), of what (`outbox`), and how it gets there."""
