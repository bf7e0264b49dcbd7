"""Writes AWS credentials and config files at random and reads them with botocore: one JSON object a line.

Arguments: a seed, and how many. Out: credentials, config, and keys: what botocore finds for the profile "x"
(accessKeyID, secretAccessKey, sessionToken), or null where it finds none or refuses the file.
"""

import json
import os
import random
import sys
import tempfile

try:
    from botocore.credentials import ConfigProvider, SharedCredentialProvider
except ImportError as error:
    sys.exit(f"{sys.executable} cannot import botocore: {error}")

SECTIONS = ["[x]", "[profile x]", '[profile "x"]', "[profile  x]", " [x]", "[ x ]", "[default]", "[other]", "[profile other]",
            "[profile 'x']", "[sso-session x]", "[x] # said", "[X]", "[profile\tx]"]
NAMES = ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "AWS_ACCESS_KEY_ID",
         "region", "s3", "aws_access_key_id2"]
NOISE = ["", "  ", "# a comment", "  ; another", "\t", "    indented = line", "  deeper: 1"]


def line(random):
    name = random.choice(NAMES[:4]) if random.random() < 0.8 else random.choice(NAMES)
    value = random.choice(["AK", "s/e+c=r", "two words", "", "a:b", "x ; no comment", "ключ", "\"quoted\""])
    before = random.choice(["", "", "", " ", "    ", "\t"])
    delimiter = random.choice(["=", " = ", ": ", ":", "= ", " ="])
    return before + name + delimiter + value + random.choice(["", "", " ", "\t"])


def file(random):
    lines = []
    for _ in range(random.randint(0, 3)):
        lines.append(random.choice(SECTIONS))
        deep = random.choice(["", "", "    "])
        for name in ("aws_access_key_id", "aws_secret_access_key"):
            if random.random() < 0.7:
                lines.append(f"{deep}{name}{random.choice(['=', ' = ', ': '])}{random.choice('ABC')}{len(lines)}")
        lines += [line(random) if random.random() < 0.5 else random.choice(NOISE) for _ in range(random.randint(0, 3))]
    return random.choice(["\n", "\r\n"]).join(lines) + random.choice(["", "\n"])


def keys(folder):
    try:
        found = (SharedCredentialProvider(os.path.join(folder, "credentials"), "x").load()
                 or ConfigProvider(os.path.join(folder, "config"), "x").load())
    except Exception:  # what botocore refuses says nothing of us
        return None
    # A value that goes on in deeper lines is a table for botocore, and no key.
    if found is None or not all(isinstance(key, (str, type(None))) for key in (found.access_key, found.secret_key, found.token)):
        return None
    return {"accessKeyID": found.access_key, "secretAccessKey": found.secret_key, "sessionToken": found.token}


def main():
    source = random.Random(int(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(int(sys.argv[2])):
            texts = {name: file(source) for name in ("credentials", "config")}
            for name, text in texts.items():
                with open(os.path.join(folder, name), "w", newline="", encoding="utf-8") as written:
                    written.write(text)
            print(json.dumps(texts | {"keys": keys(folder)}))


main()
