"""Rules of Cognito that the emulator does not keep, applied to a call before it gets there.

- In a pool whose usernames are not case-sensitive, Cognito takes names and e-mail addresses in any
  letter case, and gives them back in lower case:
  https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-case-sensitivity.html
- Users may write only the attributes that `WriteAttributes` of the app client lists, or the
  standard attributes if it lists none: "Attribute permissions and scopes" in
  https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
- ForgotPassword needs a verified address or number:
  https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ForgotPassword.html
  An app client that does not tell who has an account answers as for an unknown user instead:
  https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from scripts.local.cognito_api import CognitoError, Emulator, json_object

type Fields = dict[str, Any]

_WRITING = {"SignUp", "UpdateUserAttributes"}
_IN_LOWER_CASE = {"email", "preferred_username"}
_NEVER_WRITTEN = {"sub", "email_verified", "phone_number_verified"}
_RECOVERY = ["verified_phone_number", "verified_email"]  # of a pool without a setting for it


class Rules:
    """The rules, by blocking calls to the emulator's public API."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def concern(self, action: str, request: Fields) -> bool:
        """Whether `apply` may have something to do."""
        texts = [part[key] for part, key, _ in _names(request)]
        texts += [attribute["Value"] for attribute in _addresses(request)]
        return (
            action in _WRITING
            or action == "ForgotPassword"
            or any(text != text.lower() for text in texts)
        )

    def apply(self, action: str, request: Fields) -> None:
        """Change the request into one that the emulator answers as Cognito answers this one.

        Raises CognitoError for a request that Cognito refuses. The emulator is left to refuse one
        whose pool, app client, user or token does not exist.
        """
        try:
            where = _token(request) if action == "UpdateUserAttributes" else request
            pool = self._emulator.pool(self._emulator.pool_id(where))
            if pool.get("UsernameConfiguration", {}).get("CaseSensitive") is False:
                self._lower(pool["Id"], request)
            if action in _WRITING:
                self._check_attributes(pool, where["ClientId"], request)
            if action == "ForgotPassword":
                self._check_recovery(pool, request)
        except (ClientError, LookupError, ValueError):
            return

    def _lower(self, pool_id: str, request: Fields) -> None:
        def lower(name: str) -> str:
            # The emulator keeps the letter case of names that it makes up, such as `Google_1`.
            found = self._emulator.cognito.list_users(
                UserPoolId=pool_id, Filter=f'username = "{name}"'
            )
            return name if name in [one["Username"] for one in found["Users"]] else name.lower()

        self._rename(pool_id, request, lower)
        for attribute in _addresses(request):
            attribute["Value"] = attribute["Value"].lower()

    def _check_attributes(self, pool: Fields, client_id: str, request: Fields) -> None:
        client = self._emulator.app_client(pool["Id"], client_id)
        standard = (one["Name"] for one in pool["SchemaAttributes"] if ":" not in one["Name"])
        may_write = set(client.get("WriteAttributes") or standard) - _NEVER_WRITTEN
        if not may_write.issuperset(one["Name"] for one in request.get("UserAttributes", [])):
            raise CognitoError(
                "NotAuthorizedException", "A client attempted to write unauthorized attribute"
            )

    def _check_recovery(self, pool: Fields, request: Fields) -> None:
        setting = pool.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", [])
        ways = [one["Name"] for one in setting] or _RECOVERY
        attributes = self._emulator.user(pool["Id"], request["Username"])["Attributes"]
        flags = (f"{way.removeprefix('verified_')}_verified" for way in ways)
        if any(attributes.get(flag) == "true" for flag in flags):
            return
        client = self._emulator.app_client(pool["Id"], request["ClientId"])
        if client.get("PreventUserExistenceErrors") != "ENABLED":
            raise CognitoError(
                "InvalidParameterException",
                "Cannot reset password for the user as there is no registered/verified email or "
                "phone_number",
            )
        # Nobody has such an address: https://www.rfc-editor.org/rfc/rfc2606
        self._rename(pool["Id"], request, lambda name: f"{name}.invalid")

    def _rename(self, pool_id: str, request: Fields, rename: Callable[[str], str]) -> None:
        """Give the user another name, which the proof of the app client's secret is made of, too.

        https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
        """
        for part, key, proof in _names(request):
            old, part[key] = part[key], rename(part[key])
            if proof in part:
                client = self._emulator.app_client(pool_id, request["ClientId"])
                is_right = part[proof] == _proof(client, old)
                part[proof] = _proof(client, part[key]) if is_right else "wrong"


def _names(request: Fields) -> Iterator[tuple[Fields, str, str]]:
    """Where a request names its user: the part, the key of the name, the key of its proof."""
    for part, key, proof in (
        (request, "Username", "SecretHash"),
        (request.get("AuthParameters"), "USERNAME", "SECRET_HASH"),
        (request.get("ChallengeResponses"), "USERNAME", "SECRET_HASH"),
    ):
        if isinstance(part, dict) and isinstance(part.get(key), str):
            yield part, key, proof


def _addresses(request: Fields) -> list[Fields]:
    """The attributes of a request that Cognito keeps in lower case."""
    return [one for one in request.get("UserAttributes", []) if one["Name"] in _IN_LOWER_CASE]


def _token(request: Fields) -> Fields:
    """The pool and the app client of an access token, in a request's words. Raises LookupError."""
    payload = request["AccessToken"].split(".")[1]
    claims = json_object(base64.urlsafe_b64decode(payload + "=="))
    return {"UserPoolId": claims["iss"].rpartition("/")[2], "ClientId": claims["client_id"]}


def _proof(client: Fields, username: str) -> str:
    message = (username + client["ClientId"]).encode()
    digest = hmac.new(client.get("ClientSecret", "").encode(), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
