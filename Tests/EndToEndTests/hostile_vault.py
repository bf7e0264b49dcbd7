"""Writes a vault of one collection, "Shoot", in which one thing is wrong, and prints the 24 words that open it.

    hostile_vault.py TOOLS CASE FOLDER

TOOLS is the folder of the independent reader, whose names for the parts of the format are used. What a case is, is said
where it is made, below; in the case "sound" nothing is wrong.
"""

import json
import os
import sys
import time
from pathlib import Path

tools, case, folder = sys.argv[1:]
sys.path.insert(0, tools)

import nacl.bindings as sodium
import nacl.signing
import zstandard
from reader.keys import FINAL, WORDS, hmac256, purpose, sha256, subkey
from reader.schema import load_schema
from reader.target import DIRECTORY, FILE, SYMBOLIC_LINK
from reader.vault import CONTENT, NONE, PAGE, SNAPSHOT, ZSTD

schema = load_schema()
vault, master, recovery, collection_key, seed = (os.urandom(count) for count in (16, 32, 32, 32, 32))
content_key, record_key, identifier_key = (
    subkey(master, purpose(name, vault)) for name in ("content", "record", "identifier"))
collection = hmac256(identifier_key, b"collection\0Shoot")[:16]
photo = b"a photograph " * 100


def put(name, data):
    path = Path(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def wrap(key, wrapping_key, info):
    nonce = os.urandom(24)
    return nonce + sodium.crypto_secretbox(key, nonce, subkey(wrapping_key, info))


def seal(plaintext, key, role, tag=FINAL):
    """One message, which suffices here."""
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    header = sodium.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    bound_to = b"\x01" + vault + bytes([role])
    return header + sodium.crypto_secretstream_xchacha20poly1305_push(state, plaintext, bound_to, tag)


def store(plaintext, role, sealed_role=None, tag=FINAL, frame=None, behind=b""):
    """A reference to a pack with that chunk alone."""
    key = os.urandom(32)
    sealed = seal(frame or plaintext, key, sealed_role or role, tag) + behind
    digest = sha256(sealed)
    put(f"{'packs' if role == CONTENT else 'meta'}/{digest[:2]}/{digest}", sealed)
    return schema.Reference(
        pack=bytes.fromhex(digest), length=len(sealed), key=key, plaintext_size=len(plaintext),
        compression=ZSTD if frame else NONE, chunk_id=hmac256(content_key, plaintext) if role == CONTENT else b"")


def photo_reference():
    if case == "a content chunk without its end":
        return store(photo, CONTENT, tag=0)
    if case == "a page in a content chunk's place":
        return store(photo, CONTENT, sealed_role=PAGE)
    if case == "a message behind the last one":
        return store(photo, CONTENT, behind=bytes(17))
    if case == "a frame that gives more":
        return store(photo, CONTENT, frame=zstandard.ZstdCompressor().compress(photo + bytes(1 << 24)))
    if case == "a frame that hides its size and gives more":
        compressor = zstandard.ZstdCompressor(write_content_size=False)
        return store(photo, CONTENT, frame=compressor.compress(photo + bytes(1 << 24)))
    reference = store(photo, CONTENT)
    if case == "other content under a chunk's id":
        reference.chunk_id = hmac256(content_key, photo + b"!")
    return reference


def file(path, **changes):
    values = dict(path=path, kind=FILE, size=len(photo), mode=0o644, content=[photo_reference()])
    return schema.Entry(**{**values, **changes})


def entries():
    shoot = schema.Entry(path=b"shoot", kind=DIRECTORY, mode=0o755)
    paths = {"a path up": b"shoot/../../evil", "a path up from the start": b"../evil", "an absolute path": b"/evil"}
    if case in paths:
        return [file(paths[case])]
    if case == "a file through a link":
        outside = os.fsencode(Path(folder).parent)
        return [schema.Entry(path=b"shoot", kind=SYMBOLIC_LINK, link_target=outside), file(b"shoot/evil")]
    if case == "a file of an unknown kind":
        return [shoot, file(b"shoot/evil", kind=4)]
    if case == "a file of another size":
        return [shoot, file(b"shoot/evil", size=len(photo) + 1)]
    if case == "content on a folder":
        return [shoot, file(b"shoot/evil", kind=DIRECTORY)]
    if case == "paths out of order":
        return [shoot, file(b"shoot/z"), file(b"shoot/evil")]
    return [shoot, file(b"shoot/evil")]


def write_keyring():
    fields = {
        "format": "2" if case == "a keyring of a later format" else "1", "program": "photobackup", "vault": vault.hex(),
        "sequence": "1", "kdf": "argon2id13", "kdf_memory": "67108864",
        "kdf_passes": "65" if case == "a keyring that costs too much" else "2",
        "signing_public_key": bytes(nacl.signing.SigningKey(seed).verify_key).hex(),
        "master_key_under_recovery_key": wrap(master, recovery, purpose("master_key_under_recovery_key", vault)).hex(),
        "signing_key_under_master_key": wrap(seed, master, purpose("signing_key_under_master_key", vault)).hex()}
    if case == "another signing key in the keyring":
        fields["signing_public_key"] = bytes(nacl.signing.SigningKey.generate().verify_key).hex()
    if case == "a field whose name is not ASCII":
        fields["\u00e9"] = "an e with its accent"
    covered = b"".join(name.encode() + b"\0" + fields[name].encode() + b"\0" for name in sorted(fields))
    fields["mac"] = hmac256(record_key, purpose("keyring") + covered).hex()
    if case == "a field added to the keyring":
        fields["hint"] = "none"
    data = json.dumps(fields).encode()
    if case == "a field twice":
        data = data.replace(b"{", b'{"program": "another", ', 1)
    sequence = 7 if case == "a keyring under another sequence" else 1
    put(f"keyring/{sequence:010}-{sha256(data)}.json", data)
    if case == "keyrings that anybody wrote":
        for planted in (0, 2, 3, 4, 5, 6, 4294967295):
            data = json.dumps({**fields, "sequence": str(planted), "mac": "0" * 64}).encode()
            put(f"keyring/{planted:010}-{sha256(data)}.json", data)
    if case == "200 keyrings that anybody wrote":
        for number in range(200):
            planted = (2, 4294967295 - number, number + 3)[number % 3]
            data = json.dumps({**fields, "sequence": str(planted), "created": str(number), "mac": "0" * 64}).encode()
            put(f"keyring/{planted:010}-{sha256(data)}.json", data)
        for number in range(20):
            # The name lies about the sequence, and there is no such hash.
            put(f"keyring/{4294967000 + number:010}-{number:064}.json", b"{}")
    if case == "a pipe among the keyrings":
        os.mkfifo(Path(folder, f"keyring/{2:010}-{'0' * 64}.json"))
    if case == "a link among the keyrings":
        os.symlink("/dev/zero", Path(folder, f"keyring/{2:010}-{'0' * 64}.json"))


def write_snapshot():
    created = 1_790_000_000
    found = entries()
    page = schema.Page(entries=found).SerializeToString()
    count = len(found) + (case == "a page with an entry too few")
    body = schema.SnapshotBody(
        collection_name="Shoot", finished=created * 10**9,
        pages=[schema.PageReference(reference=store(page, PAGE), last_path=found[-1].path, entry_count=count)])
    purposes = purpose("collection", vault + collection, 1)
    header = schema.SnapshotHeader(
        format=2 if case == "a snapshot of a later format" else 1,
        vault_id=bytes(16) if case == "a snapshot of another vault" else vault,
        collection_id=bytes(16) if case == "a snapshot of another collection" else collection, epoch=1,
        wrapped_collection_key=wrap(collection_key, master, purposes), created=created).SerializeToString()
    sealed = seal(body.SerializeToString(), subkey(collection_key, purpose("message 4")), SNAPSHOT)
    signed = purpose("snapshot") + len(header).to_bytes(4, "big") + header + sealed
    signing_key = nacl.signing.SigningKey.generate() if case == "another's signature" else nacl.signing.SigningKey(seed)
    data = schema.Snapshot(
        header=header, body=sealed, signature=signing_key.sign(signed).signature).SerializeToString()
    if case == "a snapshot with a field more":
        data += b"\x20\x01"
    later = 60 if case == "a snapshot under a later time" else 0
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(created + later))
    digest = sha256(data if case != "a snapshot under another hash" else b"")
    put(f"snapshots/{collection.hex()}/{moment}-{digest}", data)


write_keyring()
write_snapshot()
words = WORDS.read_text().split()
number = int.from_bytes(recovery, "big") << 8 | bytes.fromhex(sha256(recovery))[0]
print(*(words[number >> 11 * place & 2047] for place in reversed(range(24))))
