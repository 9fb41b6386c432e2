"""The commands of `duban`, a module each."""
