"""A vault that a keyring has opened: its snapshots, their entries, and the content of files."""

import collections
import functools
import hmac
import re
import struct
import time
import unicodedata

import zstandard

from reader.damage import DAMAGE, Refused, naming, require
from reader.keyring import unlock_newest
from reader.keys import hmac256, open_sealed, purpose, sha256, subkey, unwrap
from reader.schema import load_schema

CHUNK, PACK, OBJECT, KEYRING = 4194304, 20971816, 67108864, 65536  # at most so many bytes
CONTENT, LIST, PAGE, SNAPSHOT = 1, 2, 3, 4  # roles
NONE, ZSTD = 0, 1


class Vault:
    def __init__(self, store, secret, report):
        self.store, self.report, self.schema = store, report, load_schema()
        self.id, self.master, self.verify_key = unlock_newest(
            self.names("keyring/"), lambda name: self.read(name, KEYRING), secret, report)
        self.content_key = subkey(self.master, purpose("content", self.id))
        self.identifier_key = subkey(self.master, purpose("identifier", self.id))
        # Four: one of pages, one of lists, and one of content beside one that holds what was there before.
        self.pack = functools.lru_cache(maxsize=4)(self.read_pack)

    def names(self, folder):
        with naming(f"the names in {folder}"):
            return list(self.store.names(folder))

    def read(self, name, limit):
        """An object whose bytes have the hash in its name."""
        data = self.store.get(name, limit)
        require(sha256(data) == name.removesuffix(".json")[-64:], "its bytes have not the hash in its name")
        return data

    def read_pack(self, name):
        """A pack. Of one with another hash, what its own seal proves is still good."""
        data = self.store.get(name, PACK)
        if sha256(data) != name[-64:]:
            self.report.note(f"damaged: {name}", "its bytes have not the hash in its name")
        return data

    def snapshots(self):
        """The names of snapshots, the newest first, by their collection's id in hex."""
        found = collections.defaultdict(list)
        for name in sorted(self.names("snapshots/"), reverse=True):
            if match := re.fullmatch("snapshots/([0-9a-f]{32})/([0-9]{8}-[0-9]{6}-[0-9a-f]{64})", name):
                found[match[1]].append(match[2])
        return found

    def choose_snapshot(self, collection, beginning, host=""):
        """The newest snapshot that is whole and no checkpoint, of that machine if one is named; or, of those whose names
        begin so, the newest that is whole. Its name and its body."""
        name = unicodedata.normalize("NFC", collection).encode()
        collection_id = hmac256(self.identifier_key, b"collection\0" + name)[:16].hex()
        for name in self.snapshots()[collection_id]:
            if not name.startswith(beginning):
                continue
            try:
                body = self.snapshot(collection_id, name)
            except DAMAGE as error:
                self.report.failed("a snapshot", error)
                continue
            if host and body.host != host:
                continue
            if beginning or not body.checkpoint:
                machines = {head.device_id for head in body.heads if head.collection_id.hex() == collection_id}
                if not host and not beginning and machines - {body.device_id}:
                    self.report.note(f"made by {body.host}", "other machines have made some too: list shows them, --host chooses")
                return name, body
        raise Refused(f"no such snapshot of {collection}; list shows what there is, --snapshot takes a checkpoint too")

    def snapshot(self, collection, name):
        """A snapshot's body, once signature, header and name have been found to be of one piece."""
        with naming(f"snapshots/{collection}/{name}"):
            data, schema = self.read(f"snapshots/{collection}/{name}", OBJECT), self.schema
            snapshot = schema.Snapshot.FromString(data)
            again = schema.Snapshot(header=snapshot.header, body=snapshot.body, signature=snapshot.signature)
            require(again.SerializeToString() == data, "it is not written in the canonical way")
            length = struct.pack(">I", len(snapshot.header))
            self.verify_key.verify(purpose("snapshot") + length + snapshot.header + snapshot.body, snapshot.signature)
            header = schema.SnapshotHeader.FromString(snapshot.header)
            require(header.format == 1, f"its format is {header.format}, and this reader knows format 1")
            require(header.vault_id == self.id, "it belongs to another vault")
            require(header.collection_id.hex() == collection, "it belongs to another collection")
            key = unwrap(
                header.wrapped_collection_key, self.master,
                purpose("collection", self.id + header.collection_id, header.epoch))
            body = schema.SnapshotBody.FromString(
                open_sealed(snapshot.body, subkey(key, purpose("message 4")), self.id, SNAPSHOT))
            moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(header.created))
            require(
                moment == name[:15] and abs(body.finished) // 10**9 == abs(header.created),
                "its name, its header and its body tell different times")
            return body

    def entries(self, body):
        """The entries of a snapshot in the order of their paths. A damaged page is named and passed over."""
        last = []
        for page in body.pages:
            try:
                entries = self.schema.Page.FromString(self.chunk(page.reference, PAGE)).entries
                places = last + [place(entry.path) for entry in entries]
                require(all(one < next for one, next in zip(places, places[1:])), "its paths are not in order")
                require(
                    entries and entries[-1].path == page.last_path and len(entries) == page.entry_count,
                    "it is another page than the snapshot tells")
                yield from entries
            except DAMAGE as error:
                self.report.failed(b"the files up to " + page.last_path, error)
            last = [place(page.last_path)]

    def content(self, entry):
        """A file's chunks, in order."""
        require(not (entry.content and entry.content_lists), "it has content and lists")
        size, identifiers = 0, hmac.new(self.content_key, digestmod="sha256")
        for reference in self.references(entry):
            chunk = self.chunk(reference, CONTENT)
            size += len(chunk)
            identifiers.update(reference.chunk_id)
            yield chunk
        require(size == entry.size, f"it has {size} bytes instead of {entry.size}")
        require(not entry.content_lists or identifiers.digest() == entry.content_id, "its lists are of other content")

    def references(self, entry):
        yield from entry.content
        for reference in entry.content_lists:
            yield from self.schema.ReferenceList.FromString(self.chunk(reference, LIST)).references

    def chunk(self, reference, role):
        """The plaintext that a reference stands for."""
        digest, size = reference.pack.hex(), reference.plaintext_size
        name = f"{'packs' if role == CONTENT else 'meta'}/{digest[:2]}/{digest}"
        with naming(f"{name} from byte {reference.offset}"):
            require(
                len(reference.pack) == len(reference.key) == 32 and size <= CHUNK
                and reference.compression in (NONE, ZSTD) and reference.offset + reference.length <= PACK,
                "the reference is none")
            sealed = self.pack(name)[reference.offset : reference.offset + reference.length]
            require(len(sealed) == reference.length, "the pack ends too early")
            plaintext = open_sealed(sealed, reference.key, self.id, role)
            if reference.compression == ZSTD:
                plaintext = decompress(plaintext, size)
            require(len(plaintext) == size, f"it has {len(plaintext)} bytes instead of {size}")
            if reference.chunk_id:
                chunk_id = hmac256(self.content_key, plaintext)
                require(hmac.compare_digest(chunk_id, reference.chunk_id), "it is other content")
            return plaintext


def place(path):
    """What paths are ordered by."""
    return path.replace(b"/", b"\0")


def decompress(frame, size):
    """At most `size` bytes, of one frame with nothing behind it."""
    told = zstandard.get_frame_parameters(frame).content_size
    require(told in (size, zstandard.CONTENTSIZE_UNKNOWN), "its frame has another size than the reference")
    return zstandard.ZstdDecompressor().decompress(frame, max_output_size=max(1, size), allow_extra_data=False)
