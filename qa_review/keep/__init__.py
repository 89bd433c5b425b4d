"""What is remembered: reviews and the folder of results."""
