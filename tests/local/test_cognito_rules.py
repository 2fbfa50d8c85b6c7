"""The rules of Cognito that the local AWS keeps, although its emulator does not."""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from pycognito.aws_srp import AWSSRP

from scripts.local.local_aws import LocalAWS
from tests.local.test_trigger import PASSWORD, error_of

TYPED, KEPT = "Ada@Example.com", "ada@example.com"

_numbers = itertools.count()


@dataclass
class Pool:
    """A user pool with an app client."""

    aws: LocalAWS
    id: str
    client_id: str
    secret: str | None

    @property
    def cognito(self) -> Any:
        return self.aws.client("cognito-idp")

    def call(self, operation: str, username: str, **parameters: Any) -> Any:
        """Make a call of an app for a user, with the proof of the secret if there is one."""
        if self.secret:
            parameters["SecretHash"] = self.proof(username)
        return getattr(self.cognito, operation)(
            ClientId=self.client_id, Username=username, **parameters
        )

    def proof(self, username: str) -> str:
        message = (username + self.client_id).encode()
        digest = hmac.new((self.secret or "").encode(), message, hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    def sign_up(self, username: str = TYPED, **attributes: str) -> str:
        """Sign a user up; their `sub`."""
        given = {"email": username} | attributes
        answer = self.call(
            "sign_up",
            username,
            Password=PASSWORD,
            UserAttributes=[{"Name": name, "Value": given[name]} for name in given],
        )
        return str(answer["UserSub"])

    def confirm(self, username: str = TYPED) -> None:
        self.call("confirm_sign_up", username, ConfirmationCode=self.aws.latest_code(KEPT))

    def user(self, username: str) -> dict[str, str]:
        """The user's attributes."""
        found = self.cognito.admin_get_user(UserPoolId=self.id, Username=username)
        return {one["Name"]: one["Value"] for one in found["UserAttributes"]}

    def access_token(self, username: str = TYPED) -> str:
        """Sign a user in with SRP, as the project's app client asks for; the access token."""
        srp = AWSSRP(
            username,
            PASSWORD,
            self.id,
            self.client_id,
            client=self.cognito,
            client_secret=self.secret,
        )
        return str(srp.authenticate_user()["AuthenticationResult"]["AccessToken"])


@pytest.fixture
def make_pool(aws: LocalAWS) -> Callable[..., Pool]:
    def make(*, case_sensitive: bool = False, **client: Any) -> Pool:
        cognito = aws.client("cognito-idp")
        pool_id = cognito.create_user_pool(
            PoolName=f"rules-test-{next(_numbers)}",
            UsernameAttributes=["email"],
            UsernameConfiguration={"CaseSensitive": case_sensitive},
            AutoVerifiedAttributes=["email"],
            Schema=[{"Name": "level", "AttributeDataType": "String", "Mutable": True}],
        )["UserPool"]["Id"]
        flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"]
        made = cognito.create_user_pool_client(
            UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=flows, **client
        )["UserPoolClient"]
        return Pool(aws, pool_id, made["ClientId"], made.get("ClientSecret"))

    return make


UNAUTHORIZED = ("NotAuthorizedException", "A client attempted to write unauthorized attribute")
NOT_VERIFIED = (
    "InvalidParameterException",
    "Cannot reset password for the user as there is no registered/verified email or phone_number",
)


@pytest.mark.parametrize("secret", [False, True])
def test_an_address_is_one_user_in_any_case(make_pool: Callable[..., Pool], secret: bool) -> None:
    pool = make_pool(GenerateSecret=secret)
    sub = pool.sign_up(TYPED)
    assert pool.user(TYPED) == pool.user(KEPT) == pool.user(sub)
    assert pool.user(sub)["email"] == KEPT
    for again in (KEPT, TYPED, TYPED.upper()):
        with pytest.raises(pool.cognito.exceptions.UsernameExistsException):
            pool.sign_up(again)
    pool.call("resend_confirmation_code", TYPED.upper())
    pool.confirm(TYPED.upper())
    parameters = {"USERNAME": "aDa@example.com", "PASSWORD": PASSWORD}
    if secret:
        parameters["SECRET_HASH"] = pool.proof("aDa@example.com")
    assert "AuthenticationResult" in pool.cognito.initiate_auth(
        ClientId=pool.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
    )
    assert pool.access_token(TYPED)
    pool.call("forgot_password", TYPED)
    pool.call(
        "confirm_forgot_password",
        TYPED,
        ConfirmationCode=pool.aws.latest_code(KEPT),
        Password=PASSWORD[::-1],
    )
    pool.cognito.admin_delete_user(UserPoolId=pool.id, Username=TYPED)
    assert error_of(lambda: pool.user(KEPT))[0] == "UserNotFoundException"


def test_a_wrong_proof_of_the_secret_stays_wrong(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(GenerateSecret=True)
    for proof in (pool.proof(KEPT), pool.proof("else"), "x"):
        with pytest.raises(pool.cognito.exceptions.NotAuthorizedException, match="secret hash"):
            pool.cognito.sign_up(
                ClientId=pool.client_id, Username=TYPED, Password=PASSWORD, SecretHash=proof
            )


def test_an_administrator_finds_and_changes_a_user_in_any_case(
    make_pool: Callable[..., Pool],
) -> None:
    pool = make_pool()
    made = {"UserPoolId": pool.id, "Username": TYPED}
    pool.cognito.admin_create_user(**made)
    assert pool.user(KEPT)["email"] == KEPT
    code, _ = error_of(lambda: pool.cognito.admin_create_user(**made | {"Username": KEPT}))
    assert code == "UsernameExistsException"
    other = [{"Name": "email", "Value": "Ada.King@example.com"}]
    pool.cognito.admin_update_user_attributes(**made, UserAttributes=other)
    assert pool.user("ADA.KING@example.com")["email"] == "ada.king@example.com"


def test_in_a_case_sensitive_pool_each_spelling_is_a_user(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(case_sensitive=True)
    assert pool.sign_up(TYPED) != pool.sign_up(KEPT)
    assert pool.user(TYPED)["email"] == TYPED


SAML = "urn:oasis:names:tc:SAML:2.0"
METADATA = f"""<EntityDescriptor xmlns="{SAML}:metadata"><IDPSSODescriptor><SingleSignOnService
Binding="{SAML}:bindings:HTTP-Redirect" Location="http://127.0.0.1/sso"/></IDPSSODescriptor>
</EntityDescriptor>"""
ASSERTION = f"""<Response xmlns="{SAML}:protocol"><Assertion xmlns="{SAML}:assertion"><Subject>
<NameID>Ada</NameID></Subject></Assertion></Response>"""


def sign_in_by_provider(pool: Pool) -> None:
    """Sign the user Ada of the identity provider Shop in, by the redirects that a browser makes."""

    def ask(path: str, body: str | None = None, **parameters: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(urlsplit(pool.aws.endpoint_url).netloc)
        method = "POST" if body else "GET"
        connection.request(method, f"{path}?{urlencode(parameters)}", body)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    to_provider = ask(
        "/oauth2/authorize",
        identity_provider="Shop",
        client_id=pool.client_id,
        redirect_uri="http://localhost/",
        response_type="code",
        scope="openid",
    )
    assert to_provider.status == 302, to_provider.headers
    relay = parse_qs(urlsplit(to_provider.headers["Location"]).query)["RelayState"][0]
    assertion = base64.b64encode(ASSERTION.encode()).decode()
    back = ask("/saml2/idpresponse", urlencode({"SAMLResponse": assertion, "RelayState": relay}))
    assert back.status == 302


def test_a_name_that_an_identity_provider_gave_is_found(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool(
        AllowedOAuthFlows=["code"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthScopes=["openid"],
        CallbackURLs=["http://localhost/"],
        SupportedIdentityProviders=["COGNITO", "Shop"],
    )
    pool.cognito.create_identity_provider(
        UserPoolId=pool.id,
        ProviderName="Shop",
        ProviderType="SAML",
        ProviderDetails={"MetadataFile": METADATA},
    )
    # There is no such function, so a call of it would fail. On AWS, Cognito calls it here.
    nowhere = "arn:aws:lambda:us-east-1:123456789012:function:none"
    triggers = {"PostConfirmation": nowhere, "PostAuthentication": nowhere}
    pool.cognito.update_user_pool(UserPoolId=pool.id, LambdaConfig=triggers)
    sign_in_by_provider(pool)
    (user,) = pool.cognito.list_users(UserPoolId=pool.id)["Users"]
    assert user["Username"] == "Shop_Ada"
    assert pool.user("Shop_Ada")["sub"]


@pytest.mark.parametrize(
    ("listed", "attributes", "allowed"),
    [
        (["email", "custom:level"], {"custom:level": "1"}, True),
        (["email", "custom:level"], {"name": "Ada"}, False),
        (["email"], {"custom:level": "1"}, False),
        (["email"], {"email_verified": "true"}, False),
        (None, {"name": "Ada"}, True),
        (None, {"custom:level": "1"}, False),
        (None, {"email_verified": "true"}, False),
    ],
)
def test_users_write_only_the_attributes_that_the_app_client_lists(
    make_pool: Callable[..., Pool],
    listed: list[str] | None,
    attributes: dict[str, str],
    allowed: bool,
) -> None:
    pool = make_pool(**{"WriteAttributes": listed} if listed else {})
    if allowed:
        pool.sign_up(**attributes)
    else:
        assert error_of(lambda: pool.sign_up(**attributes)) == UNAUTHORIZED
        pool.sign_up()
    pool.confirm()
    before = pool.user(KEPT)
    token = pool.access_token()
    changed = {name: value[::-1] for name, value in attributes.items()}

    def change() -> None:
        pool.cognito.update_user_attributes(
            AccessToken=token,
            UserAttributes=[{"Name": name, "Value": changed[name]} for name in changed],
        )

    if allowed:
        change()
        assert pool.user(KEPT) == before | changed
    else:
        assert error_of(change) == UNAUTHORIZED
        assert pool.user(KEPT) == before
    # An administrator writes any attribute.
    pool.cognito.admin_update_user_attributes(
        UserPoolId=pool.id,
        Username=KEPT,
        UserAttributes=[{"Name": name, "Value": changed[name]} for name in changed],
    )
    assert pool.user(KEPT) == before | changed


def test_a_page_of_an_app_can_read_a_refusal(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    body = {
        "ClientId": pool.client_id,
        "Username": KEPT,
        "Password": PASSWORD,
        "UserAttributes": [{"Name": "custom:level", "Value": "1"}],
    }
    connection = http.client.HTTPConnection(urlsplit(pool.aws.endpoint_url).netloc)
    target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"}
    connection.request("POST", "/", json.dumps(body), target)
    response = connection.getresponse()
    answer = json.load(response)
    connection.close()
    assert (response.status, answer["__type"], answer["message"]) == (400, *UNAUTHORIZED)
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_change_with_a_broken_token_is_refused(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    for token in ("x", "a.b.c", "a.e30.c"):
        with pytest.raises(pool.cognito.exceptions.NotAuthorizedException):
            pool.cognito.update_user_attributes(
                AccessToken=token, UserAttributes=[{"Name": "name", "Value": "Ada"}]
            )


def test_a_reset_needs_a_verified_address(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    pool.sign_up()
    assert error_of(lambda: pool.call("forgot_password", KEPT)) == NOT_VERIFIED
    pool.cognito.admin_confirm_sign_up(UserPoolId=pool.id, Username=KEPT)
    before = pool.aws.mails(KEPT)
    assert error_of(lambda: pool.call("forgot_password", KEPT)) == NOT_VERIFIED
    assert pool.aws.mails(KEPT) == before
    pool.cognito.admin_update_user_attributes(
        UserPoolId=pool.id,
        Username=KEPT,
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
    )
    pool.call("forgot_password", KEPT)
    assert len(pool.aws.mails(KEPT)) == len(before) + 1


def test_only_the_ways_of_recovery_of_the_pool_count(make_pool: Callable[..., Pool]) -> None:
    pool = make_pool()
    pool.sign_up()
    pool.confirm()
    by_phone = {"RecoveryMechanisms": [{"Name": "verified_phone_number", "Priority": 1}]}
    pool.cognito.update_user_pool(UserPoolId=pool.id, AccountRecoverySetting=by_phone)
    assert error_of(lambda: pool.call("forgot_password", KEPT)) == NOT_VERIFIED


@pytest.mark.parametrize("secret", [False, True])
def test_an_app_client_that_hides_users_does_not_tell_that_a_reset_is_impossible(
    make_pool: Callable[..., Pool], secret: bool
) -> None:
    pool = make_pool(PreventUserExistenceErrors="ENABLED", GenerateSecret=secret)
    pool.sign_up()
    before = pool.aws.mails(KEPT)
    answer = pool.call("forgot_password", KEPT)
    unknown = pool.call("forgot_password", "alan@example.com")
    assert answer["CodeDeliveryDetails"] == unknown["CodeDeliveryDetails"]
    assert pool.aws.mails(KEPT) == before
    reset = {"ConfirmationCode": "654321", "Password": PASSWORD}
    code, _ = error_of(lambda: pool.call("confirm_forgot_password", KEPT, **reset))
    assert code == "ExpiredCodeException"  # because there is none
