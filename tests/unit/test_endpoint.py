import itertools
import os
from pathlib import Path

import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from users.configuration import ConfigurationError
from users.endpoint import AMAZON_ROOTS, Endpoint, resolve

SESSION = botocore.session.get_session()
LOADER = SESSION.get_component("data_loader")
RESOLVER = EndpointProvider(
    ruleset_data=LOADER.load_service_model("dynamodb", "endpoint-rule-set-1"),
    partition_data=LOADER.load_data("partitions"),
)
REGIONS = [
    region
    for partition in SESSION.get_available_partitions()
    for region in SESSION.get_available_regions("ec2", partition)
]


def url(endpoint: Endpoint) -> str:
    return f"{'https' if endpoint.is_tls else 'http'}://{endpoint.host_header}"


@pytest.mark.parametrize(("fips", "dual_stack"), list(itertools.product([False, True], repeat=2)))
def test_every_region_has_the_endpoint_that_the_sdk_uses(fips: bool, dual_stack: bool) -> None:
    environment = {
        "AWS_USE_FIPS_ENDPOINT": str(fips).lower(),
        "AWS_USE_DUALSTACK_ENDPOINT": str(dual_stack).lower(),
    }
    assert len(REGIONS) > 35
    for region in [*REGIONS, "eu-west-99", "cn-north-9", "us-gov-west-9", "us-isob-west-9"]:
        expected = RESOLVER.resolve_endpoint(
            Region=region,
            UseFIPS=fips,
            UseDualStack=dual_stack,
            AccountIdEndpointMode="disabled",
        )
        found = resolve(region, environment)
        assert (url(found), found.region) == (expected.url, region)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"AWS_ENDPOINT_URL": "https://x.example"}, "https://x.example"),
        ({"AWS_ENDPOINT_URL": "http://x.example:8000/"}, "http://x.example:8000"),
        ({"AWS_ENDPOINT_URL": "http://[::1]:8000"}, "http://[::1]:8000"),
        ({"AWS_ENDPOINT_URL": "https://x.example:443"}, "https://x.example"),
        (
            {
                "AWS_ENDPOINT_URL_DYNAMODB": "https://table.example",
                "AWS_ENDPOINT_URL": "https://x.example",
            },
            "https://table.example",
        ),
        (
            {
                "AWS_ENDPOINT_URL": "https://x.example",
                "AWS_ENDPOINT_URL_DYNAMODB": "https://table.example",
                "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE",
            },
            "https://dynamodb.eu-west-1.amazonaws.com",
        ),
        ({"AWS_ENDPOINT_URL": ""}, "https://dynamodb.eu-west-1.amazonaws.com"),
    ],
    ids=str,
)
def test_a_configured_endpoint_is_used(environment: dict[str, str], expected: str) -> None:
    found = resolve("eu-west-1", environment)
    assert (url(found), found.region) == (expected, "eu-west-1")


@pytest.mark.parametrize(
    "url",
    [
        "x.example",
        "ftp://x.example",
        "https://",
        "https://x.example/path",
        "https://x.example?query",
        "https://somebody@x.example",
        "https://ünïcode.example",
        "https://x.example:port",
        "https://[x.example",
    ],
)
def test_any_other_form_of_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="must be https://<host>"):
        resolve("eu-west-1", {"AWS_ENDPOINT_URL": url})


@pytest.mark.parametrize("kind", ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
def test_a_configured_endpoint_cannot_be_fips_or_dual_stack_too(kind: str) -> None:
    with pytest.raises(ConfigurationError, match="Unset AWS_ENDPOINT_URL, or the other two"):
        resolve("eu-west-1", {"AWS_ENDPOINT_URL": "https://x.example", kind: "true"})
    with pytest.raises(EndpointProviderError):  # the SDK refuses it, too
        RESOLVER.resolve_endpoint(
            Region="eu-west-1", Endpoint="https://x.example", UseFIPS=True, UseDualStack=False
        )


def test_the_tables_region_comes_before_the_functions() -> None:
    environment = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}
    assert resolve("us-east-1", environment).region == "us-east-1"
    assert resolve(None, environment).region == "eu-west-1"
    assert resolve(None, {"AWS_DEFAULT_REGION": "eu-west-2"}).region == "eu-west-2"
    with pytest.raises(ConfigurationError, match="AWS_REGION is not set"):
        resolve(None, {})


@pytest.mark.parametrize(
    ("region", "environment", "expected"),
    [
        ("eu-west-1", {}, AMAZON_ROOTS),
        ("us-east-1", {"AWS_USE_FIPS_ENDPOINT": "true"}, AMAZON_ROOTS),
        ("us-east-1", {"AWS_CA_BUNDLE": "/my/roots.pem"}, "/my/roots.pem"),
        ("us-east-1", {"AWS_ENDPOINT_URL": "https://x.example"}, None),
        ("us-gov-west-1", {}, None),
        ("cn-north-1", {}, None),
    ],
    ids=str,
)
def test_amazons_roots_are_used_for_its_own_hosts_only(
    region: str, environment: dict[str, str], expected: str | None
) -> None:
    assert resolve(region, environment).ca_file == expected


def fingerprints(pem: bytes) -> dict[str, str]:
    """The common names of the certificates, by fingerprint."""
    found = {}
    for part in pem.split(b"-----BEGIN CERTIFICATE-----")[1:]:
        try:
            certificate = x509.load_pem_x509_certificate(b"-----BEGIN CERTIFICATE-----" + part)
            (name,) = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        except ValueError:  # a few of the others' roots have no common name
            continue
        found[certificate.fingerprint(hashes.SHA256()).hex()] = str(name.value)
    return found


@pytest.mark.filterwarnings(
    "ignore:Parsed a serial number"
)  # of a root in the SDK's bundle that is not Amazon's
def test_the_file_of_roots_has_amazons_five_and_no_other() -> None:
    ours = fingerprints(Path(AMAZON_ROOTS).read_bytes())
    bundle = Path(os.path.dirname(botocore.session.__file__), "cacert.pem").read_bytes()  # noqa: PTH120 - a module's file
    shared = ours.keys() & fingerprints(bundle).keys()
    assert sorted(ours.values()) == [
        *(f"Amazon Root CA {number}" for number in (1, 2, 3, 4)),
        "Starfield Services Root Certificate Authority - G2",
    ]
    # The bundles drop Starfield's root in 2027, so it may be missing there.
    assert {ours[fingerprint] for fingerprint in shared} >= {
        f"Amazon Root CA {number}" for number in (1, 2, 3, 4)
    }
