"""The server of the review page with a survey of 100,000 sources: start, first page, memory.

``python benchmarks/review_server.py [sources] [views]`` makes tables of that many sources (their
files are those of twenty synthetic ones), starts the server, and asks it for so many places with
their images, with a vote on every tenth.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from review.asking import Client
from review.many import N_FILES, many_sources
from review.serving import Options, ServerProcess, free_port, make_folder


def serve_many(folder: Path, count: int, port: int, told) -> None:
    """Serve them, and tell how long it took to be ready."""
    from bentjets.review.server import Room, Sessions, listen, make_app, make_queue, serve
    from bentjets.review.votes import VoteStore

    sources, pictures = many_sources(folder, count)
    began = time.perf_counter()
    queue = make_queue(sources, expert="ann", seed=1, repeat_share=0.05)
    store = VoteStore(f"sqlite:///{folder / 'reviews.db'}")
    room = Room(sources, pictures, store, {"ann": queue})
    app = make_app(room, sessions=Sessions(("ann",), {}), hosts=frozenset({"127.0.0.1"}))
    serve(
        app,
        listen("127.0.0.1", port),
        when_ready=lambda: told.put(time.perf_counter() - began),
    )


def memory_mb(pid: int) -> float:
    """Give the resident memory of a process that is its own."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no Rss")


def main() -> None:
    """Measure."""
    count, views = (int(word) for word in (*sys.argv[1:], "100000", "3000")[:2])
    folder = make_folder(Path(tempfile.mkdtemp()), N_FILES)
    port, spawning = free_port(), multiprocessing.get_context("spawn")
    told = spawning.Queue()
    process = spawning.Process(target=serve_many, args=(folder, count, port, told), daemon=True)
    process.start()
    print(f"queue, desk and server of {count} sources: {told.get():.2f} s")
    server = ServerProcess(folder, Options(), port)
    began = time.perf_counter()
    client = Client(server)
    client.get("/api/state")
    client.get("/api/places/0")
    client.ask("GET", "/api/places/0/image")
    print(f"first page, state, source and image: {time.perf_counter() - began:.3f} s")
    print(f"memory then: {memory_mb(process.pid):.1f} MB")
    took = []
    for view in range(views):
        began = time.perf_counter()
        for address in ("", "/image", "/mask", "/masked.png"):
            client.ask("GET", f"/api/places/{view}{address}")
        took.append(time.perf_counter() - began)
        if view % 10 == 0:
            client.vote(view)
            client.get(f"/api/places?filter=open&near={view}&count=50")
        if (view + 1) % (views // 5) == 0:
            print(f"memory after {view + 1} views: {memory_mb(process.pid):.1f} MB")
    median, worst = statistics.median(took), statistics.quantiles(took, n=100)[98]
    print(
        f"one place with its three images: median {median * 1e3:.1f} ms, 99 % {worst * 1e3:.1f} ms"
    )
    process.terminate()


if __name__ == "__main__":
    main()
