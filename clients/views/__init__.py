"""The portal: what the clients see and decide, mostly on a phone."""
