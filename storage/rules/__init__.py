"""Pure decisions on plain values; standard library only."""
