"""The rules: plain functions, without database and without Rasa."""
