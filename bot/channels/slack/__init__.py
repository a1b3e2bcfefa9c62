"""The Slack channel: the assistant where the staff work."""
