"""A hub of models on the loopback, as much of it as downloading asks for."""

from __future__ import annotations

import hashlib

from aiohttp import web
from aiohttp.test_utils import TestServer


class Hub:
    """Repositories by name; each has a revision and files, which a test may change."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.revisions: dict[str, str] = {}
        self.fetched: list[str] = []
        app = web.Application()
        app.router.add_get("/api/models/{owner}/{name}", self._info)
        app.router.add_get("/api/models/{owner}/{name}/revision/{revision}", self._info)
        app.router.add_get("/api/models/{owner}/{name}/tree/{revision}", self._tree)
        app.router.add_get("/{owner}/{name}/resolve/{revision}/{path:.+}", self._file)
        self.server = TestServer(app, host="127.0.0.1")

    def add(self, repo: str, files: dict[str, bytes], revision: str = "a" * 40) -> None:
        self.files[repo] = files
        self.revisions[repo] = revision

    @property
    def endpoint(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def _info(self, request: web.Request) -> web.Response:
        repo = _repo(request)
        if repo not in self.files:
            raise web.HTTPNotFound(headers={"X-Error-Code": "RepoNotFound"})
        wanted = request.match_info.get("revision", self.revisions[repo])
        if wanted not in (self.revisions[repo], "main"):
            raise web.HTTPNotFound(headers={"X-Error-Code": "RevisionNotFound"})
        siblings = [{"rfilename": name} for name in self.files[repo]]
        return web.json_response({"id": repo, "sha": self.revisions[repo], "siblings": siblings})

    async def _tree(self, request: web.Request) -> web.Response:
        files = self.files[_repo(request)]
        return web.json_response(
            [
                {"type": "file", "path": name, "size": len(body), "oid": _git_id(body)}
                for name, body in files.items()
            ]
        )

    async def _file(self, request: web.Request) -> web.Response:
        repo, path = _repo(request), request.match_info["path"]
        body = self.files[repo].get(path)
        if body is None:
            raise web.HTTPNotFound(headers={"X-Error-Code": "EntryNotFound"})
        if request.method == "GET":
            self.fetched.append(f"{repo}/{path}")
        headers = {
            "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
            "X-Repo-Commit": self.revisions[repo],
        }
        return web.Response(body=body, headers=headers, content_type="application/octet-stream")


def _git_id(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


def _repo(request: web.Request) -> str:
    return f"{request.match_info['owner']}/{request.match_info['name']}"
