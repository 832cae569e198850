"""What a client wants with all this: goals, target groups, tone, roles of channels, rhythm, mix, budget, taboos."""
