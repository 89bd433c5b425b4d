"""What was said: recording, channels, speakers, transcript."""
