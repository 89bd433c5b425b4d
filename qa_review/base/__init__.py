"""The vocabulary that every other folder speaks: spans, errors, records, names."""
