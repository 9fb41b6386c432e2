"""What lies behind the door: one engine a kind of database."""
