"""A strict stand-in for the Bot API with a browser console; knows nothing of the bot."""
