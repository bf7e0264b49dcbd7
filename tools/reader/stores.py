"""Where a replica's objects are: `names` lists those of a folder, `get` reads one of at most so many bytes."""

import http.client
import os
import stat
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree
from pathlib import Path

from reader.damage import Refused, require
from reader.keys import hmac256, sha256

LISTING = 67108864
NAMES = 1000000  # in a folder: more than any vault has
SECONDS = 600  # for one answer, whatever trickles in meanwhile


def bounded(names):
    """The names, as long as there are not more than can be right."""
    for count, name in enumerate(names):
        require(count < NAMES, f"more than {NAMES} names are shown")
        yield name


class Directory:
    def __init__(self, path):
        self.root = Path(path)

    def names(self, folder):
        def refuse(error):
            raise error

        if (self.root / folder).exists():
            walk = os.walk(self.root / folder, onerror=refuse)
            files = (Path(path, file) for path, _, files in walk for file in files)
            yield from bounded(str(file.relative_to(self.root)) for file in files)

    def get(self, name, limit):
        # A pipe would be waited for, and a link leads out of the replica.
        descriptor = os.open(self.root / name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            require(stat.S_ISREG(os.fstat(descriptor).st_mode), "it is no file")
            data = file.read(limit + 1)
        require(len(data) <= limit, f"larger than {limit} bytes")
        return data


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """What was signed for one host goes to no other."""

    def redirect_request(self, *arguments):
        return None


class Bucket:
    """An S3 bucket, or a prefix of one. Requests are signed with AWS Signature Version 4; one that fails for a reason
    that may pass is made five times."""

    def __init__(self, endpoint, bucket, prefix, region):
        self.endpoint, self.region = urllib.parse.urlsplit(endpoint), region
        # Where a provider wants the bucket's name in the host, it is in the endpoint, and none is given here.
        self.path = "/".join([self.endpoint.path.rstrip("/")] + ([bucket] if bucket else []))
        self.prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        require(
            "AWS_ACCESS_KEY_ID" in os.environ and "AWS_SECRET_ACCESS_KEY" in os.environ,
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")
        self.opener = urllib.request.build_opener(NoRedirect)

    def names(self, folder):
        yield from bounded(self.listed(folder))

    def listed(self, folder):
        query, token = {"list-type": "2", "prefix": self.prefix + folder}, None
        while query:
            page = xml.etree.ElementTree.fromstring(self.fetch("", query, LISTING))
            keys = [key.text or "" for key in page.iterfind("{*}Contents/{*}Key")]
            yield from (key[len(self.prefix) :] for key in keys if key.startswith(self.prefix + folder))
            last, token = token, page.findtext("{*}NextContinuationToken")
            require(not token or keys and token != last, "its list of names does not end")
            query = {**query, "continuation-token": token} if token else None

    def get(self, name, limit):
        return self.fetch(self.prefix + name, {}, limit)

    def fetch(self, key, query, limit):
        for wait in (1, 2, 4, 8, 0):
            try:
                with self.opener.open(self.signed(key, query), timeout=60) as answer:
                    data = self.received(answer, limit)
                    if answer.length:
                        raise http.client.IncompleteRead(data, answer.length)
                    return data
            except (OSError, http.client.HTTPException) as error:
                status = getattr(error, "code", 500)
                if not wait or status < 500 and status != 429:
                    raise
            time.sleep(wait)

    @staticmethod
    def received(answer, limit):
        data, end = bytearray(), time.monotonic() + SECONDS
        while piece := answer.read1(1 << 20):
            data += piece
            require(len(data) <= limit, f"larger than {limit} bytes")
            if time.monotonic() > end:
                raise Refused(f"it was not there after {SECONDS} seconds")
        return bytes(data)

    def signed(self, key, query):
        path = urllib.parse.quote(f"{self.path}/{key}")
        query = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote, safe="")
        now, nothing = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), sha256(b"")
        headers = {"host": self.endpoint.netloc, "x-amz-content-sha256": nothing, "x-amz-date": now}
        if os.environ.get("AWS_SESSION_TOKEN"):
            headers["x-amz-security-token"] = os.environ["AWS_SESSION_TOKEN"]
        names = ";".join(sorted(headers))
        request = ["GET", path, query, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, nothing]
        scope = f"{now[:8]}/{self.region}/s3/aws4_request"
        to_sign = "\n".join(["AWS4-HMAC-SHA256", now, scope, sha256("\n".join(request).encode())])
        signing_key = b"AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"].encode()
        for part in scope.split("/"):
            signing_key = hmac256(signing_key, part.encode())
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, "
            f"SignedHeaders={names}, Signature={hmac256(signing_key, to_sign.encode()).hex()}")
        return urllib.request.Request(
            f"{self.endpoint.scheme}://{self.endpoint.netloc}{path}?{query}".rstrip("?"), headers=headers)
