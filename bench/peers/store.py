"""What Python's standard library does with a file: its SHA-256, and a copy that is flushed to the disk."""

import time

from serve import serve


def prepare(setup):
    import hashlib
    import os
    import shutil
    import sys

    def work(request):
        # Off the clock: freeing the pages of the last copy is no part of making one.
        if "to" in request and os.path.exists(request["to"]):
            os.unlink(request["to"])
        start = time.perf_counter()
        if "hash" in request:
            with open(request["hash"], "rb") as file:
                hashlib.file_digest(file, "sha256")
        else:
            with open(request["copy"], "rb") as source, open(request["to"], "wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
                target.flush()
                os.fsync(target.fileno())
        return {"ms": (time.perf_counter() - start) * 1000}

    return {"python": sys.version}, work


if __name__ == "__main__":
    serve(prepare)
