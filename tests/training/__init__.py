"""Sessions of the staff training, played over the running bot."""
