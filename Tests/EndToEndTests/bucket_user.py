"""Users of an S3 server, made and unmade as the AWS documentation does it, with the administrator's key in
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

    bucket_user.py make ENDPOINT REGION POLICY      a user who may do what the policy says; prints name, key and secret
    bucket_user.py unmake ENDPOINT REGION NAME KEY  takes the key away
"""

import secrets
import sys

import boto3

verb, endpoint, region, *rest = sys.argv[1:]
iam = boto3.client("iam", endpoint_url=endpoint, region_name=region)
if verb == "make":
    name = f"user-{secrets.token_hex(4)}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    iam.put_user_policy(UserName=name, PolicyName="read", PolicyDocument=rest[0])
    print(name, key["AccessKeyId"], key["SecretAccessKey"], sep="\n")
else:
    iam.delete_access_key(UserName=rest[0], AccessKeyId=rest[1])
