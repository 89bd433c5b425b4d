"""The version of qa_review, here and nowhere else."""

VERSION = "0.5.0"
