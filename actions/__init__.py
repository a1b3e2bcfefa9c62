"""Custom actions: what the assistant does besides talking. Never imports rasa or bot."""
