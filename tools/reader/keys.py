"""Keys, what they are made from, and what they open."""

import hashlib
import hmac
import re
import struct
from pathlib import Path

import nacl.bindings as sodium
import nacl.exceptions

from reader.damage import Refused, require

MESSAGE = 262144  # bytes of plaintext
FINAL = 3
WORDS = Path(__file__).with_name("bip39-english.txt")
WORDS_SHA256 = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def hmac256(key, data):
    return hmac.digest(key, data, "sha256")


def purpose(text, object=b"", epoch=0):
    return b"photobackup/1 " + text.encode() + b"\0" + object + struct.pack(">Q", epoch)


def subkey(key, info):
    """HKDF-Expand, with one block of output."""
    return hmac256(key, info + b"\x01")


def unwrap(box, key, info):
    require(len(box) == 72, "a wrapped key that has not 72 bytes")
    return sodium.crypto_secretbox_open(box[24:], box[:24], subkey(key, info))


def open_sealed(sealed, key, vault, role):
    """The plaintext of a sealed chunk, each message of which is in its place, and the last one the last."""
    state, parts = sodium.crypto_secretstream_xchacha20poly1305_state(), []
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, sealed[:24], key)
    for start in range(24, len(sealed), MESSAGE + 17):
        end = start + MESSAGE + 17
        try:
            part, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(
                state, sealed[start:end], b"\x01" + vault + bytes([role]))
        except nacl.exceptions.CryptoError as error:
            raise Refused("its seal is broken") from error
        require(tag == (FINAL if end >= len(sealed) else 0), "a sealed chunk without its end, or with more behind it")
        parts.append(part)
    size = sum(map(len, parts))
    require(len(sealed) == 24 + size + 17 * max(1, -(-size // MESSAGE)), "a sealed chunk of no length it can have")
    return b"".join(parts)


def recovery_key(words):
    """The key that the 24 words are."""
    text = WORDS.read_bytes()
    require(sha256(text) == WORDS_SHA256, f"{WORDS} is not BIP39's list")
    places = {word: place for place, word in enumerate(text.decode().split())}
    require(len(words) == 24, f"{len(words)} words instead of 24")
    number = 0
    for count, word in enumerate(words, 1):
        require(word in places, f"word {count} is none of BIP39's")
        number = number << 11 | places[word]
    key = (number >> 8).to_bytes(32, "big")
    require(hashlib.sha256(key).digest()[0] == number & 255, "these are not the words: their checksum does not match")
    return key


def password_key(password, salt, check, passes, memory):
    """keyEncryptionKey."""
    out = sodium.crypto_pwhash_alg(64, password, salt, passes, memory, sodium.crypto_pwhash_ALG_ARGON2ID13)
    require(hmac.compare_digest(out[32:], check), "the password is wrong")
    return out[:32]


def unhex(text, count):
    require(re.fullmatch(f"[0-9a-f]{{{2 * count}}}", text), f"not {count} bytes in hex")
    return bytes.fromhex(text)


def decimal(text):
    require(re.fullmatch("[1-9][0-9]{0,18}", text), "not a decimal number")
    return int(text)
