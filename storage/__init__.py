"""The record book: what is true, what keeps it true, and the only hands that write in it."""
