"""What the words show: rubric, evidence, finders, scores."""
