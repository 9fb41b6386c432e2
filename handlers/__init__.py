"""The middle floor: what people see, press and type."""
