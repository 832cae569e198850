"""What the work costs and what it brings: time, budget, outcomes."""
