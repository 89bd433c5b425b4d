"""Doing it for one call and for many: pipeline, work that resumes, worker processes."""
