"""What tests of pages need: an invented call, and headless Chromium to open it in."""
