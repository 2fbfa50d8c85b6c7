"""The address of DynamoDB, and the root certificates to trust there."""

import os.path
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from users.configuration import ConfigurationError

# How a Region's name begins: the domain of its partition, and the domain of dual-stack endpoints.
# A Region whose name begins otherwise is in the partition `aws`.
# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
_PARTITIONS = {
    "cn-": ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    "eu-isoe-": ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    "eusc-": ("amazonaws.eu", "api.amazonwebservices.eu"),
    "us-gov-": ("amazonaws.com", "api.aws"),
    "us-iso-": ("c2s.ic.gov", "api.aws.ic.gov"),
    "us-isob-": ("sc2s.sgov.gov", "api.aws.scloud"),
    "us-isof-": ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
}
_AWS = ("amazonaws.com", "api.aws")

# The five roots that AWS tells clients to trust: https://www.amazontrust.com/repository/
# Reading them takes a tenth of the time that a whole bundle takes.
AMAZON_ROOTS = os.path.join(os.path.dirname(__file__), "amazon_roots.pem")  # noqa: PTH118, PTH120 - importing pathlib would slow the cold start


class Endpoint(NamedTuple):
    """DynamoDB's address, and the Region that requests are signed for.

    `ca_file` is the file of trusted root certificates; None means those of the system.
    """

    is_tls: bool
    host: str
    port: int
    region: str
    ca_file: str | None

    @property
    def host_header(self) -> str:
        """The host, and the port unless it is the scheme's default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def resolve(region: str | None, environment: Mapping[str, str]) -> Endpoint:
    """The endpoint in `region`; None means the function's own Region.

    Reads the same environment variables as AWS's SDKs:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    Raises ConfigurationError if they are missing or contradict each other.
    """
    region = region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not region:
        raise ConfigurationError("AWS_REGION is not set: set it to the Region of the table.")
    is_fips = _is_true(environment, "AWS_USE_FIPS_ENDPOINT")
    is_dual_stack = _is_true(environment, "AWS_USE_DUALSTACK_ENDPOINT")
    ca_bundle = environment.get("AWS_CA_BUNDLE") or None
    configured = _configured(environment)
    if configured:
        if is_fips or is_dual_stack:
            raise ConfigurationError(
                "AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT choose an endpoint of AWS, "
                "but AWS_ENDPOINT_URL names another one. Unset AWS_ENDPOINT_URL, or the other two."
            )
        is_tls, host, port = _parse(configured)
        return Endpoint(is_tls, host, port, region, ca_bundle)
    prefix = next(filter(region.startswith, _PARTITIONS), None)
    domain, dual_stack_domain = _PARTITIONS.get(prefix or "", _AWS)
    # In the partition aws-us-gov the usual endpoint is the FIPS endpoint.
    name = "dynamodb-fips" if is_fips and (prefix != "us-gov-" or is_dual_stack) else "dynamodb"
    host = f"{name}.{region}.{dual_stack_domain if is_dual_stack else domain}"
    return Endpoint(True, host, 443, region, ca_bundle or (None if prefix else AMAZON_ROOTS))


def _is_true(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").lower() == "true"


def _configured(environment: Mapping[str, str]) -> str:
    if _is_true(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return ""
    return environment.get("AWS_ENDPOINT_URL_DYNAMODB") or environment.get("AWS_ENDPOINT_URL", "")


def _parse(url: str) -> tuple[bool, str, int]:
    """Whether to use TLS, the host, and the port. Raises ConfigurationError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if (
        not host
        or not host.isascii()
        or parts.scheme not in ("http", "https")
        or parts.path.strip("/")
        or parts.query
        or parts.username
    ):
        raise ConfigurationError(
            "AWS_ENDPOINT_URL_DYNAMODB or AWS_ENDPOINT_URL must be https://<host>[:<port>] or "
            "http://<host>[:<port>], with no path."
        )
    is_tls = parts.scheme == "https"
    return is_tls, host, port or (443 if is_tls else 80)
