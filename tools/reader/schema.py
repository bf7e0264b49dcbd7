"""The messages of photobackup.proto."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import types
from pathlib import Path

from google.protobuf import descriptor_pb2, message_factory

from reader.damage import require

TOOLS = Path(__file__).resolve().parent.parent


def load_schema():
    """The messages' classes, by name: those of a photobackup_pb2.py that is there, else made from the schema."""
    with contextlib.suppress(ModuleNotFoundError):
        import photobackup_pb2
        return photobackup_pb2
    places = [TOOLS / "photobackup.proto", TOOLS.parent / "Sources/Vault/Schema/photobackup.proto"]
    proto = next((place for place in places if place.exists()), None)
    require(proto, f"photobackup.proto is not in {TOOLS}")
    compiler = [shutil.which("protoc")] if shutil.which("protoc") else [sys.executable, "-m", "grpc_tools.protoc"]
    with tempfile.TemporaryDirectory() as folder:
        # Descriptors rather than Python code, which runs only beside the releases of protobuf that it was made for.
        made = Path(folder, "descriptors")
        command = [*compiler, f"--descriptor_set_out={made}", f"--proto_path={proto.parent}", proto.name]
        require(
            subprocess.run(command).returncode == 0,
            "protoc is not there, or failed: install protobuf-compiler, or grpcio-tools with pip")
        files = descriptor_pb2.FileDescriptorSet.FromString(made.read_bytes()).file
    classes = message_factory.GetMessages(files)
    return types.SimpleNamespace(**{name.split(".")[-1]: made for name, made in classes.items()})
