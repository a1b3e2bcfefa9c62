"""The Rasa side of Sportello: understanding, channels and the office."""
