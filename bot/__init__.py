"""The roof: puts the house together and runs it."""
