"""Does to a replica what a failing disk or a stolen account does, behind the program's back."""

import argparse

import boto3
from botocore.config import Config

parser = argparse.ArgumentParser()
parser.add_argument("deed", choices=("destroy", "damage"))
for option in ("--endpoint", "--region", "--bucket"):
    parser.add_argument(option, required=True)
arguments = parser.parse_args()

client = boto3.client(
    "s3",
    endpoint_url=arguments.endpoint,
    region_name=arguments.region,
    config=Config(s3={"addressing_style": "path"}, proxies={}),
)
bucket = arguments.bucket


def keys(prefix=""):
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def read(key):
    return client.get_object(Bucket=bucket, Key=key)["Body"].read()


def write(key, data):
    client.put_object(Bucket=bucket, Key=key, Body=data)


if arguments.deed == "destroy":
    lost = keys()
    for key in lost:
        client.delete_object(Bucket=bucket, Key=key)
    print(f"{len(lost)} objects deleted")
else:
    first, *others = keys("packs/") + keys("meta/")
    data = bytearray(read(first))
    data[len(data) // 2] ^= 1
    write(first, bytes(data))
    print(f"one bit turned round in {first[:20]}…")
    if others:
        cut = others.pop()
        write(cut, read(cut)[:-100])
        print(f"the last 100 bytes cut off {cut[:20]}…")
    if len(others) >= 2:
        left, right = others[0], others[1]
        contents = read(left), read(right)
        write(left, contents[1])
        write(right, contents[0])
        print(f"{left[:20]}… and {right[:20]}… swapped")
    snapshot = keys("snapshots/")[-1]
    write(snapshot, b"<!DOCTYPE html><html><body>Service unavailable</body></html>\n")
    print(f"a web page put in place of {snapshot[:20]}…")
