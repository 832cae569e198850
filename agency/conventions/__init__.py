"""What every address of the API promises beside its own content; the doors keep it, so no view has to think of it."""
