"""A stand-in of two archives on loopback: Hugging Face's hub (git LFS) and Zenodo's deposits."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

TOKEN = "hf_secret-of-the-test"


@dataclass
class Archives:
    """What the stand-in keeps, and how it behaves."""

    url: str = ""
    breaks_after: int | None = None
    repositories: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    deposits: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    uploads: list[str] = field(default_factory=list)

    def take(self, name: str) -> bool:
        """Note an upload; say whether it arrives."""
        if self.breaks_after is not None and len(self.uploads) >= self.breaks_after:
            return False
        self.uploads.append(name)
        return True

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Answer a request of either kind."""
        parts = path.strip("/").split("/")
        if parts[:2] == ["api", "deposit"] or parts[0] == "bucket":
            return self._zenodo(method, parts, body)
        return self._hub(method, parts, body)

    def _hub(  # noqa: PLR0911
        self, method: str, parts: list[str], body: bytes
    ) -> tuple[int, Any]:
        match method, parts:
            case "POST", ["api", "repos", "create"]:
                asked = json.loads(body)
                name = "/".join(filter(None, [asked.get("organization"), asked["name"]]))
                url = f"{self.url}/datasets/{name}"
                if name in self.repositories:
                    return 409, {"url": url, "error": "exists"}
                private = asked.get("private", asked.get("visibility") == "private")
                self.repositories[name] = {"private": private, "files": {}}
                return 200, {"url": url}
            case "POST", ["api", "validate-yaml"]:
                return 200, {"errors": [], "warnings": []}
            case "GET", ["api", "datasets", owner, name, "tree", "main"]:
                there = self.repositories[f"{owner}/{name}"]["files"]
                return 200, [
                    {"type": "file", "path": one, "size": len(held), "oid": one}
                    for one, held in there.items()
                ]
            case "POST", ["api", "datasets", _, _, "preupload", "main"]:
                return 200, {
                    "files": [
                        {
                            "path": one["path"],
                            "uploadMode": "lfs" if "/" in one["path"] else "regular",
                            "shouldIgnore": False,
                        }
                        for one in json.loads(body)["files"]
                    ]
                }
            case "POST", ["datasets", _, _, "info", "lfs", "objects", "batch"]:
                return 200, {"objects": [self._lfs(one) for one in json.loads(body)["objects"]]}
            case "PUT", ["lfs", oid]:
                if not self.take(oid):
                    return 500, {"error": "broken"}
                self.objects[hashlib.sha256(body).hexdigest()] = body
                return 200, {}
            case "POST", ["api", "datasets", owner, name, "commit", "main"]:
                return 200, self._commit(self.repositories[f"{owner}/{name}"]["files"], body)
        return 404, {"error": f"{method} /{'/'.join(parts)}"}

    def _lfs(self, one: dict[str, Any]) -> dict[str, Any]:
        if one["oid"] in self.objects:
            return one
        return {**one, "actions": {"upload": {"href": f"{self.url}/lfs/{one['oid']}"}}}

    def _commit(self, files: dict[str, bytes], body: bytes) -> dict[str, Any]:
        for line in body.decode().splitlines():
            step = json.loads(line)
            value = step["value"]
            if step["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif step["key"] == "lfsFile":
                files[value["path"]] = self.objects[value["oid"]]
            elif step["key"] == "deletedFile":
                del files[value["path"]]
        url = f"{self.url}/datasets/ann/bent/commit/{'1' * 40}"
        return {"commitUrl": url, "commitOid": "1" * 40}

    def _zenodo(  # noqa: PLR0911
        self, method: str, parts: list[str], body: bytes
    ) -> tuple[int, Any]:
        match method, parts:
            case "GET", ["api", "deposit", "depositions"]:
                return 200, self.deposits
            case "POST", ["api", "deposit", "depositions"]:
                number = str(len(self.deposits) + 1)
                links = {
                    "bucket": f"{self.url}/bucket/{number}",
                    "html": f"{self.url}/deposit/{number}",
                }
                one = {"id": number, "submitted": False, "links": links, **json.loads(body)}
                self.deposits.append(one)
                self.files[number] = {}
                return 201, one
            case "PUT", ["api", "deposit", "depositions", number]:
                self.deposits[int(number) - 1].update(json.loads(body))
                return 200, self.deposits[int(number) - 1]
            case "GET", ["api", "deposit", "depositions", number, "files"]:
                return 200, [
                    {"filename": name, "checksum": hashlib.md5(held).hexdigest()}
                    for name, held in self.files[number].items()
                ]
            case "PUT", ["bucket", number, name]:
                if not self.take(name):
                    return 500, {"message": "broken"}
                self.files[number][name] = body
                return 201, {"key": name}
        return 404, {"message": f"{method} /{'/'.join(parts)}"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    archives: Archives

    def _serve(self) -> None:
        body = self._read()
        # Objects go to a store that knows no token; everything else wants one.
        allowed = self.path.startswith("/lfs/") or self.headers["Authorization"] == (
            f"Bearer {TOKEN}"
        )
        path = urlsplit(self.path).path.replace(".git/", "/")
        status, said = (
            self.archives.answer(self.command, path, body)
            if allowed
            else (401, {"error": "no such token"})
        )
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = _serve

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve_archives() -> Iterator[Archives]:
    """Serve both at a free port of loopback."""
    archives = Archives()
    handler = type("Handler", (_Handler,), {"archives": archives})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    archives.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield archives
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
