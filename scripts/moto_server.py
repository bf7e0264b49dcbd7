#!/usr/bin/env python3
"""Moto's server with the arguments of its own moto_server, but for one thing: a listing of versions copies nothing.

Moto 5.2 copies every object of the bucket for each such listing, of whatever prefix, into temporary files that go when
Python happens to collect them: a run of the tests filled 30 GB.
"""
import sys

from moto.s3.models import FakeDeleteMarker, FakeKey
from moto.server import main

for listed in (FakeKey, FakeDeleteMarker):
    listed.__deepcopy__ = lambda self, memo: self

if __name__ == "__main__":
    sys.exit(main())
