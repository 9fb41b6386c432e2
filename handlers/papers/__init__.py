"""Documents and tables that people hand in or receive."""
