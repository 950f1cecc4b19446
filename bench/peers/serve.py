"""The peer's side of `bench/peer.ts`: one JSON line in, one JSON line out.

A peer is a function `prepare(setup)` that imports what it needs and returns `(about, work)`: what to tell of itself, and the
function that does one piece of work, `work(request) -> {"ms": ...}`.
"""

import json
import os
import sys


def serve(prepare):
    # Libraries print to standard output; the answers go to a copy of it, and everything else to standard error.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")

    work = None
    for line in sys.stdin:
        try:
            if work is None:
                about, work = prepare(json.loads(line))
                answer(about)
            else:
                answer(work(json.loads(line)))
        except ModuleNotFoundError as error:
            answer({
                "error": f"Python package '{error.name}' is missing from {sys.executable}",
                "hint": f"Install the packages: {sys.executable} -m pip install -r bench/requirements.txt",
            })
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})
