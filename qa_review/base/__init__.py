"""The vocabulary that every other folder speaks: spans of time, errors, records, names of adapters."""
