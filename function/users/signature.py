"""AWS Signature Version 4, for the one request that the trigger sends.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256


def authorization(
    headers: Mapping[str, str], body: bytes, *, region: str, access_key_id: str, secret: str
) -> str:
    """The `Authorization` header of `POST /` to DynamoDB.

    `headers` are the headers to sign: names in lower case, values without repeated spaces. One of
    them is `x-amz-date`, in the form 20261127T152500Z.
    """
    date = headers["x-amz-date"]
    scope = f"{date[:8]}/{region}/dynamodb/aws4_request"
    names = sorted(headers)
    signed_headers = ";".join(names)
    request = "\n".join(
        (
            *("POST", "/", ""),  # no query
            *(f"{name}:{headers[name]}" for name in names),
            *("", signed_headers, sha256(body).hexdigest()),
        )
    )
    to_sign = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), to_sign):
        key = hmac.digest(key, part.encode(), "sha256")
    return (
        f"AWS4-HMAC-SHA256 Credential={access_key_id}/{scope}, "
        f"SignedHeaders={signed_headers}, Signature={key.hex()}"
    )
