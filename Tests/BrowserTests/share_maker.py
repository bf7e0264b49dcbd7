"""Makes shares by docs/SHARE-FORMAT.md alone: with PyNaCl and zstandard, and nothing of the program or the viewer."""

import base64
import functools
import hashlib
import hmac
import io
import json
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path

import nacl.bindings as sodium
import nacl.pwhash
import zstandard
from PIL import Image, ImageFile, ImageOps

ImageFile.LOAD_TRUNCATED_IMAGES = True  # a camera's last bytes are missing in one of the pictures; browsers show it

MESSAGE = 262144
CHUNK = 4194304
PACK = 16777216
CONTENT, MANIFEST = 1, 6
VIEWER = Path(__file__).resolve().parents[2] / "viewer/viewer.html"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def subkey(key: bytes, text: str, share: bytes, suffix: bytes = b"") -> bytes:
    info = b"photobackup/1 " + text.encode() + b"\0" + share + struct.pack(">Q", 0) + suffix
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()


def seal(plaintext: bytes, key: bytes, owner: bytes, role: int) -> bytes:
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sealed = [sodium.crypto_secretstream_xchacha20poly1305_init_push(state, key)]
    cuts = range(0, max(len(plaintext), 1), MESSAGE)
    for start in cuts:
        tag = 3 if start == cuts[-1] else 0
        message = plaintext[start : start + MESSAGE]
        bound_to = b"\x01" + owner + bytes([role])
        sealed.append(sodium.crypto_secretstream_xchacha20poly1305_push(state, message, bound_to, tag))
    return b"".join(sealed)


@functools.cache
def thumbnail_of(data: bytes) -> tuple[bytes, int, int]:
    """An upright JPEG of at most 480 pixels a side, and the width and height of the original when it is upright."""
    with Image.open(io.BytesIO(data)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    width, height = picture.size
    picture.thumbnail((480, 480))
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=78)
    return jpeg.getvalue(), width, height


@dataclass
class Share:
    """A share on disk: `page` (and `manifest` beside it), `packs`, and the fragment that opens it."""

    page: Path
    fragment: str
    packs: list[Path]
    originals: dict[str, str]  # name → SHA-256


@dataclass
class ShareMaker:
    """Collects files, then writes the page. Packs are written as they fill, so large files need little memory."""

    folder: Path
    pack_url: str  # what the packs' addresses begin with; a name and a signature follow
    title: str = "Shared photos"
    vault: bytes = field(default_factory=lambda: os.urandom(16))
    share: bytes = field(default_factory=lambda: os.urandom(16))
    secret: bytes = field(default_factory=lambda: os.urandom(32))
    files: list[dict] = field(default_factory=list)
    packs: list[Path] = field(default_factory=list)
    originals: dict[str, str] = field(default_factory=dict)
    _open: bytearray = field(default_factory=bytearray)

    def add(self, name: str, data: bytes, *, compress: bool = False, content: bool = True, **facts) -> None:
        """`facts` are further fields of the file, as the format names them."""
        entry = {"name": name, "size": len(data), **facts}
        if content:
            cuts = range(0, len(data), CHUNK)
            entry["content"] = [self.chunk(data[cut : cut + CHUNK], compress) for cut in cuts]
            self.originals[name] = hashlib.sha256(data).hexdigest()
        self.files.append(entry)

    def add_picture(self, name: str, data: bytes, *, inline: bool = True, **facts) -> None:
        """A picture with the thumbnail that a share would have; inline, or as a chunk of its own."""
        jpeg, width, height = thumbnail_of(data)
        facts |= {"width": width, "height": height, "type": "image/jpeg"}
        thumbnail = {"jpeg": base64url(jpeg)} if inline else {"chunk": self.chunk(jpeg)}
        self.add(name, data, thumbnail=thumbnail, **facts)

    def chunk(self, plaintext: bytes, compress: bool = False) -> dict:
        key = os.urandom(32)
        stored = zstandard.ZstdCompressor().compress(plaintext) if compress else plaintext
        sealed = seal(stored, key, self.vault, CONTENT)
        reference = {
            "key": base64url(key),
            "length": len(sealed),
            "offset": len(self._open),
            "pack": len(self.packs),
            "size": len(plaintext),
        }
        if compress:
            reference["zstd"] = True
        self._open += sealed
        if len(self._open) >= PACK:
            self._close_pack()
        return reference

    def _close_pack(self) -> None:
        path = self.folder / hashlib.sha256(self._open).hexdigest()
        path.write_bytes(self._open)
        self.packs.append(path)
        self._open.clear()

    def manifest(self, **changes) -> bytes:
        manifest = {
            "expires": 1795996800,
            "files": self.files,
            "format": 1,
            "packs": [f"{self.pack_url}{path.name}?X-Amz-Signature={path.name[:8]}" for path in self.packs],
            "title": self.title,
            "vault": self.vault.hex(),
        } | changes
        text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return zstandard.ZstdCompressor(level=9).compress(text.encode())

    def write(
        self,
        name: str,
        origins: str,
        *,
        password: str | None = None,
        beside: bool = False,
        header_changes: dict | None = None,
        sealed: bytes | None = None,
        **manifest_changes,
    ) -> Share:
        """Writes NAME.html (with `beside`, NAME.manifest too). `sealed` puts another manifest in this one's place."""
        if self._open:
            self._close_pack()
        header: dict = {"format": 1, "id": self.share.hex()}
        key = subkey(self.secret, "share", self.share)
        if password is not None:
            passes, memory = 2, 67108864
            salt = subkey(self.secret, "share-salt", self.share)[:16]
            stretched = nacl.pwhash.argon2id.kdf(64, password.encode(), salt, opslimit=passes, memlimit=memory)
            key = subkey(self.secret, "share-with-password", self.share, stretched[:32])
            check = stretched[32:].hex()
            header["password"] = {"check": check, "kdf": "argon2id13", "memory": memory, "passes": passes}
        if sealed is None:
            sealed = seal(self.manifest(**manifest_changes), key, self.share, MANIFEST)
        inline = base64url(sealed)
        if beside:
            header["manifest"] = f"{name}.manifest"
            (self.folder / f"{name}.manifest").write_bytes(sealed)
            inline = ""
        header |= header_changes or {}
        page = VIEWER.read_text().replace("@ORIGINS@", f"'self' {origins}" if beside else origins)
        page = page.replace("@HEADER@", json.dumps(header, sort_keys=True, separators=(",", ":")))
        path = self.folder / f"{name}.html"
        path.write_text(page.replace("@MANIFEST@", inline))
        return Share(path, base64url(b"\x01" + self.secret), self.packs, self.originals)
