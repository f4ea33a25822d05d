"""The files of a mount are read by GET and HEAD alone, have a quoted tag, and are never files from elsewhere."""

import pytest
from raw_client import RawClient, request
from stack import Stack

SECRET_TEXT = "the secret of somebody else"


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    base = tmp_path_factory.mktemp("base")
    (base / "secret.txt").write_text(SECRET_TEXT)
    (base / "outside").mkdir()
    (base / "outside" / "index.html").write_text(SECRET_TEXT)
    (base / "www-other").mkdir()
    (base / "www-other" / "a.txt").write_text(SECRET_TEXT)
    www = base / "www"
    (www / "sub").mkdir(parents=True)
    (www / "index.html").write_text("<title>index</title>")
    (www / "sub" / "inner.txt").write_text("inner")
    (www / "inside.txt").symlink_to("sub/inner.txt")
    (www / "link.txt").symlink_to("../secret.txt")
    (www / "absolute.txt").symlink_to(base / "secret.txt")
    (www / "dir").symlink_to("../outside")
    (www / "like.txt").symlink_to("../www-other/a.txt")
    (www / "twice.txt").symlink_to("link.txt")
    (www / "loop.txt").symlink_to("loop.txt")
    (base / "mounted").symlink_to("www")
    with Stack(limit_connections_per_user=0, www=base / "mounted") as running:
        yield running


def ask(stack, *args, **kwargs):
    with RawClient(stack.port) as client:
        return client.ask(*args, **kwargs)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/index.html", "/sub/inner.txt", "/nothing.txt"])
def test_a_file_is_not_written(stack, method, path):
    answer = ask(stack, path, method=method)
    assert (answer.version, answer.status) == ("HTTP/1.1", 405)
    assert answer.headers["allow"] == "GET, HEAD" and answer.json()["error"] == "method_not_allowed"


def test_head_has_the_headers_of_get(stack):
    get, head = (ask(stack, "/index.html", method=method) for method in ("GET", "HEAD"))
    assert (head.status, head.headers["content-length"], head.headers["etag"]) == (200, get.headers["content-length"], get.headers["etag"])


@pytest.mark.parametrize("path", ["/link.txt", "/absolute.txt", "/dir/", "/dir/index.html", "/like.txt", "/twice.txt", "/loop.txt"])
def test_a_link_out_of_the_mount_is_not_there(stack, path):
    answer = ask(stack, path)
    assert answer.status == 404 and SECRET_TEXT.encode() not in answer.body


@pytest.mark.parametrize("path", ["/", "/index.html", "/sub/inner.txt", "/inside.txt"])
def test_what_is_inside_is_served_by_links_too(stack, path):
    assert ask(stack, path).status == 200


def test_an_entity_tag_is_quoted_and_understood(stack):
    tag = ask(stack, "/index.html").headers["etag"]
    assert len(tag) > 2 and tag[0] == tag[-1] == '"' and '"' not in tag[1:-1]
    for listed in (tag, f"W/{tag}", f'"other", {tag}', f'W/"x",W/{tag} , "y"', "*"):
        answer = ask(stack, "/index.html", headers=[f"If-None-Match: {listed}"])
        assert (answer.status, answer.headers["etag"]) == (304, tag), listed
    for listed in ('"other"', tag.strip('"'), f'"{tag[1:-2]}"', f'W/"{tag[1:-2]}x"'):
        assert ask(stack, "/index.html", headers=[f"If-None-Match: {listed}"]).status == 200, listed


def test_the_connection_goes_on_after_304(stack):
    with RawClient(stack.port) as client:
        tag = client.ask("/index.html").headers["etag"]
        assert client.ask("/index.html", headers=[f"If-None-Match: {tag}"]).status == 304
        assert client.send(request("/sub/inner.txt")).answer().body == b"inner"
