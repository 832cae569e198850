"""The inbox: what the public says to all clients, and the answers to it."""
