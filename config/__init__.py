"""The wiring of the product, without logic."""
