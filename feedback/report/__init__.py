"""The monthly report: what was done for a client, what it did, what it cost and what came of it."""
