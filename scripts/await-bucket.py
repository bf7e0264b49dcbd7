"""Waits until an S3 server answers a signed request, and makes the bucket if it is not there."""

import argparse
import os
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

parser = argparse.ArgumentParser()
for option in ("--endpoint", "--region", "--bucket"):
    parser.add_argument(option, required=True)
parser.add_argument("--pid", type=int, required=True)
parser.add_argument("--ca")
arguments = parser.parse_args()

client = boto3.client(
    "s3",
    endpoint_url=arguments.endpoint,
    region_name=arguments.region,
    verify=arguments.ca,
    config=Config(
        retries={"total_max_attempts": 1},
        # Over TLS boto3 otherwise sends a trailing checksum without a length, which rclone refuses.
        request_checksum_calculation="when_required",
        connect_timeout=2,
        read_timeout=10,
        s3={"addressing_style": "path"},
        proxies={},
    ),
)
deadline = time.monotonic() + 60
reason = None
while time.monotonic() < deadline:
    try:
        buckets = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
        if arguments.bucket not in buckets:
            client.create_bucket(Bucket=arguments.bucket)
        # The server is up only when it also stores: some answer before their back end does.
        client.put_object(Bucket=arguments.bucket, Key="ready", Body=b"ready")
        client.delete_object(Bucket=arguments.bucket, Key="ready")
        sys.exit(0)
    except (BotoCoreError, ClientError) as error:
        reason = error
    try:
        os.kill(arguments.pid, 0)
    except ProcessLookupError:
        sys.exit(f"the server has ended: {reason}")
    time.sleep(0.1)
sys.exit(f"no answer within 60 s: {reason}")
