"""Campaigns, posts and their approval over REST."""
