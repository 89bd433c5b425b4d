"""The version of qa_review, here and nowhere else."""

VERSION = "0.1.0"
