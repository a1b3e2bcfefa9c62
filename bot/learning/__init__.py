"""The reports of the training: what they say, and how it looks in the terminal and in a browser."""
