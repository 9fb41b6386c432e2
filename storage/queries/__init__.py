"""Every read; frozen views, never rows."""
