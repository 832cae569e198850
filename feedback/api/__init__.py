"""Conversations, promises, measures and files over REST."""
