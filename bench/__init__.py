"""The bench: what the bot costs against the same press written the usual way, everything in one run."""
