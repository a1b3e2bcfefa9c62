"""Ways to reach the assistant. A channel converts, calls once, converts back; it decides nothing."""
