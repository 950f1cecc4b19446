"""Reads a TensorFlow wheel (a zip file) for build-tensorflow.mjs.

    wheel.py unpack WHEEL FOLDER   puts the library into FOLDER/lib, the C headers into FOLDER/include
    wheel.py cuda WHEEL            prints NVIDIA's packages that the wheel wants, with their versions
"""

import os
import re
import shutil
import sys
import zipfile

LIBRARIES = ("libtensorflow_cc.so.2", "libtensorflow_framework.so.2")
HEADERS = ("tensorflow/c/", "tensorflow/core/platform/", "tsl/platform/", "xla/tsl/")


def target_of(name):
    """Where a file of the wheel goes to; None for what is not needed."""
    if name.endswith("/") or ".." in name:
        return None
    if name in ["tensorflow/" + library for library in LIBRARIES]:
        return "lib/" + os.path.basename(name)
    if name.startswith(tuple("tensorflow/include/" + folder for folder in HEADERS)):
        return name[len("tensorflow/") :]
    return None


def unpack(wheel, folder):
    for entry in wheel.infolist():
        target = target_of(entry.filename)
        if target is None:
            continue
        path = os.path.join(folder, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wheel.open(entry) as source, open(path, "wb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)


def cuda(wheel):
    metadata = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    text = wheel.read(metadata).decode()
    wanted = re.findall(r"^Requires-Dist: (nvidia-[a-z0-9-]+) ?(==[0-9.]+) ?; extra == 'and-cuda'", text, re.M)
    print(*(name + version for name, version in wanted))


with zipfile.ZipFile(sys.argv[2]) as opened:
    if sys.argv[1] == "unpack":
        unpack(opened, sys.argv[3])
    else:
        cuda(opened)
