"""A body that works for what integrators send most, by the operation that takes it."""

BODIES = {
    "create_client": {"slug": "bakery", "name": "Bäckerei Korn", "homepage": "https://korn.example", "language": "de"},
    "change_client": {"homepage": "https://korn.example"},
    "set_client_hours": {
        "zone": "Europe/Berlin",
        "week": {"mon": [["09:00", "12:30"], ["14:00", "18:00"]], "sat": [["08:00", "13:00"]]},
    },
    "create_channel": {"client": "bakery", "slug": "reviews", "name": "Reviews", "network": "manual"},
    "create_campaign": {"client": "bakery", "slug": "easter", "name": "Easter", "starts_on": "2026-03-01"},
    "correct_interaction": {"sentiment": "negative", "urgency": "high"},
    "assign_conversation": {"assignee": "me"},
    "snooze_conversation": {"until": "2026-03-30T07:00:00Z"},
    "add_conversation_note": {"text": "She called this morning."},
    "let_conversation_wait": {"on": "client", "reason": "The baker has to ask."},
    "create_policy": {"client": "bakery", "name": "One and two stars", "stars_max": 2, "first_seconds": 7200},
    "create_question": {"client": "bakery", "text": "Which loaf is new in April?"},
    "create_token": {"name": "Shop", "scopes": ["inbox:read", "inbox:write"], "clients": ["bakery"]},
    "create_member": {"email": "anna@agency.example", "name": "Anna", "role": "editor", "clients": ["bakery"]},
    "set_cadence": {"client": "bakery", "channel": "reviews", "least": 2, "most": 4},
    "set_value_mix": {"client": "bakery", "targets": {"tip": 60, "event": 40}},
}
