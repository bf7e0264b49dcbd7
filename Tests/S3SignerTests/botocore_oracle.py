"""Signs requests with botocore: one JSON object a line in, one a line out.

In:  kind ("header" or "query"), rules ("s3" or "general"), method, scheme, host, path (hexadecimal bytes),
     query and headers (lists of pairs), body (null: unsigned), accessKeyID, secretAccessKey, sessionToken,
     region, service, timestamp, expires.
Out: canonicalRequest, stringToSign, and result: the authorization header, or the URL.
"""

import json
import sys
import types
from urllib.parse import quote

try:
    from botocore import auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials
except ImportError as error:
    sys.exit(f"{sys.executable} cannot import botocore: {error}")

SIGNERS = {
    ("header", "s3"): auth.S3SigV4Auth,
    ("header", "general"): auth.SigV4Auth,
    ("query", "s3"): auth.S3SigV4QueryAuth,
    ("query", "general"): auth.SigV4QueryAuth,
}


def sign(case):
    credentials = Credentials(case["accessKeyID"], case["secretAccessKey"], case["sessionToken"])
    arguments = [credentials, case["service"], case["region"]]
    if case["kind"] == "query":
        arguments.append(case["expires"])
    signer = SIGNERS[case["kind"], case["rules"]](*arguments)

    url = f'{case["scheme"]}://{case["host"]}{quote(bytes.fromhex(case["path"]), safe="/~")}'
    if case["query"]:
        url += "?" + "&".join(f'{quote(name, safe="~")}={quote(value, safe="~")}' for name, value in case["query"])
    request = AWSRequest(method=case["method"], url=url, data=(case["body"] or "").encode())
    for name, value in case["headers"]:
        request.headers.add_header(name, value)
    request.context["timestamp"] = case["timestamp"]
    if case["body"] is None:
        request.context["client_config"] = types.SimpleNamespace(s3={"payload_signing_enabled": False})

    # The steps of add_auth, but for the clock that it reads.
    signer._modify_request_before_signing(request)
    canonical_request = signer.canonical_request(request)
    string_to_sign = signer.string_to_sign(request, canonical_request)
    signer._inject_signature_to_request(request, signer.signature(string_to_sign, request))
    return {
        "canonicalRequest": canonical_request,
        "stringToSign": string_to_sign,
        "result": request.url if case["kind"] == "query" else request.headers["Authorization"],
    }


for line in sys.stdin:
    print(json.dumps(sign(json.loads(line))))
