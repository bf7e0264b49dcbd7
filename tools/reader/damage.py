"""How the reader says what is wrong."""

import contextlib
import http.client
import os
import sys
import xml.etree.ElementTree

import nacl.exceptions
import zstandard
from google.protobuf import message


class Refused(Exception):
    """What was read is not what the format allows; the text says what it was, and why."""


# All that bytes, whoever wrote them, and the places that they come from and go to can lead to.
DAMAGE = (
    Refused, nacl.exceptions.CryptoError, zstandard.ZstdError, message.DecodeError, http.client.HTTPException,
    xml.etree.ElementTree.ParseError, ValueError, TypeError, OverflowError, RecursionError, OSError)


def require(condition, why):
    if not condition:
        raise Refused(why)


@contextlib.contextmanager
def naming(what):
    """Says of what goes wrong inside where it was."""
    try:
        yield
    except DAMAGE as error:
        raise Refused(f"{what}: {reason(error)}") from error


def reason(error):
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__


def shown(text):
    """A text as a terminal may see it: what does not print is escaped."""
    text = os.fsdecode(text) if isinstance(text, bytes) else text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


class Report:
    """What is said on standard error, and whether something failed."""

    failures = 0

    def note(self, what, why):
        print(f"{shown(what)}: {shown(why)}", file=sys.stderr)

    def failed(self, what, error):
        self.failures += 1
        self.note(b"failed: " + os.fsencode(what), reason(error))
