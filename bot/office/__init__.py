"""The back office: the web pages on which staff work with what came in."""
