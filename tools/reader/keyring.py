"""The keyring, and the secrets that open it."""

import collections
import getpass
import hmac
import json
import os
import re
import sys

import nacl.signing

from reader.damage import DAMAGE, Refused, reason, require
from reader.keys import decimal, hmac256, password_key, purpose, recovery_key, subkey, unhex, unwrap


def ask_secret():
    """A function from a keyring to the field that the secret opens, and the key for it."""
    phrase, password = (os.environb.get(b"PHOTOBACKUP_" + name) for name in (b"RECOVERY_PHRASE", b"PASSWORD"))
    if phrase is None and password is None:
        if sys.stdin.isatty():
            given = os.fsencode(getpass.getpass("the 24 words, or the password: "))
        else:
            given = sys.stdin.buffer.read()
        phrase = given if len(given.split()) == 24 else None
        password = re.sub(rb"\r?\n\Z", b"", given)
    if phrase is not None:
        key = recovery_key(phrase.decode().lower().split())
        return lambda keyring: ("master_key_under_recovery_key", key)
    return lambda keyring: (
        "master_key_under_password",
        password_key(
            password, unhex(keyring["kdf_salt"], 16), unhex(keyring["kdf_check"], 32),
            decimal(keyring["kdf_passes"]), decimal(keyring["kdf_memory"])))


class Fields(dict):
    """A JSON object, in which a name stands once."""

    def __init__(self, pairs):
        super().__init__(pairs)
        require(len(self) == len(pairs), "a field of it stands there twice")

    def __missing__(self, name):
        raise Refused(f"it has no {name}")


def parse(data):
    keyring = json.loads(data.decode(), object_pairs_hook=Fields)
    require(isinstance(keyring, Fields), "it is no object")
    for name, value in keyring.items():
        require(isinstance(value, str) and "\0" not in name + value, f"its {name} is no text")
        require(name.isascii(), "the name of a field is not ASCII")
    require(keyring["format"] == "1", f"its format is {keyring['format']}, and this reader knows format 1")
    require(keyring["kdf"] == "argon2id13", f"its kdf is {keyring['kdf']}, and this reader knows argon2id13")
    passes, memory = decimal(keyring["kdf_passes"]), decimal(keyring["kdf_memory"])
    require(
        passes >= 2 and 67108864 <= memory <= 1073741824 and passes * memory <= 4294967296,
        f"its {passes} passes over {memory} bytes are out of bounds")
    decimal(keyring["sequence"])
    return keyring


def unlock(keyring, secret):
    """The vault's id, the masterKey, and the key that its signatures are checked with."""
    field, key = secret(keyring)
    master = unwrap(unhex(keyring[field], 72), key, purpose(field, unhex(keyring["vault"], 16)))
    return prove(keyring, master)


def prove(keyring, master):
    """The same of a keyring that this masterKey has made."""
    vault = unhex(keyring["vault"], 16)
    covered = b"".join(
        name.encode() + b"\0" + keyring[name].encode() + b"\0" for name in sorted(keyring) if name != "mac")
    mac = hmac256(subkey(master, purpose("record", vault)), purpose("keyring") + covered)
    require(hmac.compare_digest(mac, unhex(keyring["mac"], 32)), "its MAC does not match")
    field = "signing_key_under_master_key"
    seed = unwrap(unhex(keyring[field], 72), master, purpose(field, vault))
    verify_key = nacl.signing.SigningKey(seed).verify_key
    require(bytes(verify_key) == unhex(keyring["signing_public_key"], 32), "its signing keys are no pair")
    return vault, master, verify_key


def from_both_ends(newest_first):
    """The newest, the oldest, the second newest: whoever may write can put any number at either end, and not between."""
    rest = collections.deque(newest_first)
    while rest:
        yield rest.popleft()
        if rest:
            yield rest.pop()


def unlock_newest(names, read, secret, report):
    """The same of a keyring that is whole and opens, and that no newer one of the same masterKey takes the place of.

    Anybody who may write can have put any number of others beside the right ones, so that each is tried and named. The
    words cost nothing; a password takes a second or more for each."""
    names = [name for name in names if re.fullmatch("keyring/[0-9]{10}-[0-9a-f]{64}[.]json", name)]
    require(names, "no vault there: it has no keyring")
    keyrings = []
    for name in names:
        try:
            keyring = parse(read(name))
            require(int(keyring["sequence"]) == int(name[8:18]), "it is another keyring than its name says")
            keyrings.append((int(keyring["sequence"]), name[-69:], name, keyring))
        except DAMAGE as error:
            report.note(f"passed over {name}", reason(error))
    keyrings.sort(key=lambda each: each[:2], reverse=True)
    # As many as a vault has of itself are tried newest first.
    for count, (sequence, _, name, keyring) in enumerate(
            keyrings if len(keyrings) <= 3 else from_both_ends(keyrings), start=1):
        if count > 3:
            report.note(f"keyring {count} of {len(keyrings)}", "tried, as those before it did not open")
        try:
            opened = unlock(keyring, secret)
        except DAMAGE as error:
            report.note(f"cannot open {name}", reason(error))
            continue
        require_newest(keyrings, sequence, opened, secret)
        return opened
    raise Refused("no keyring can be opened with these words or this password")


def require_newest(keyrings, sequence, opened, secret):
    """The password was changed where a newer keyring has the same masterKey and another password."""
    for newer, _, name, keyring in keyrings:
        if newer <= sequence:
            return
        try:
            prove(keyring, opened[1])
        except DAMAGE:
            continue
        try:
            unlock(keyring, secret)
        except DAMAGE as error:
            raise Refused(f"the password was changed: {name} is newer, and does not open with it") from error
