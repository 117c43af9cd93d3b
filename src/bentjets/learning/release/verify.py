"""Check the files of this release against SHA256SUMS: python verify.py."""

import hashlib
import pathlib
import sys

folder = pathlib.Path(__file__).resolve().parent
damaged = []
for line in (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
    expected, name = line.split("  ", 1)
    path = folder / name
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        damaged.append(name)
print("\n".join(f"{name}: damaged or missing" for name in damaged) or "all files are as published")
sys.exit(bool(damaged))
