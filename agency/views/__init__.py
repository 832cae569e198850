"""The dashboard: one module a screen."""
