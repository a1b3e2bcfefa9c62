"""Turn what a person writes into vectors and labels, on one CPU core and without a download."""
