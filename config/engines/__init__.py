"""The engines of a machine that has none, and how every process of ours is started, watched and ended."""
