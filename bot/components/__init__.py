"""The steps of Rasa's pipeline that are ours: thin wrappers around ``bot.understanding``."""
