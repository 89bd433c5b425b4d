"""A run over written dialogues in a process of its own, which a test may kill.

Takes the options of ``score_files`` as JSON, or ``main`` and a command line. Its workers are made
from this file too, so that they have the reviewer that loads nothing.
"""

from __future__ import annotations

import json
import sys

import bulk_reviewer

bulk_reviewer.plug_in()

if __name__ == "__main__":
    if sys.argv[1] == "main":
        from qa_review.__main__ import main

        sys.exit(main(sys.argv[2:]))
    from qa_review.run.bulk import score_files

    options = json.loads(sys.argv[1])
    done = score_files(*options.pop("paths"), **options)
    print(json.dumps([done.dialogues, done.scored, done.failed, done.kept]))
