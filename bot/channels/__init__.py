"""Ways to reach the assistant: each converts in, calls once and converts back."""
