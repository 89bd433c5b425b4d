"""The steps from each released schema to the next. A released step is never edited."""
