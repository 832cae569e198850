"""What the demo agency publishes for its clients: posts in every state, and ninety days of numbers."""
