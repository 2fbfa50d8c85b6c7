"""Two of Cognito's triggers for an emulator that has neither.

After a call that confirmed a user (PostConfirmation) or signed one in (PostAuthentication), this
calls the function that the pool's `LambdaConfig` names, as Cognito does, and turns the function's
failure into Cognito's error.

Sources: "Post confirmation Lambda trigger", "Post authentication Lambda trigger" and "Customizing
user pool workflows with Lambda triggers" (time limit, tries, event) in the Cognito Developer Guide;
the errors of ConfirmSignUp and InitiateAuth in the Cognito API Reference.
"""

import json
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from scripts.local.cognito_api import CognitoError, Emulator, json_object
from scripts.local.resource_policy import allows

RESPONSE_SECONDS = 5.0
TRIES = 3

# The trigger that a call may fire, and the source that Cognito tells the function.
_SOURCES = {
    "SignUp": "PostConfirmation_ConfirmSignUp",
    "ConfirmSignUp": "PostConfirmation_ConfirmSignUp",
    "AdminConfirmSignUp": "PostConfirmation_ConfirmSignUp",
    "ConfirmForgotPassword": "PostConfirmation_ConfirmForgotPassword",
    "InitiateAuth": "PostAuthentication_Authentication",
    "AdminInitiateAuth": "PostAuthentication_Authentication",
    "RespondToAuthChallenge": "PostAuthentication_Authentication",
    "AdminRespondToAuthChallenge": "PostAuthentication_Authentication",
}
_REFRESHING = {"REFRESH_TOKEN", "REFRESH_TOKEN_AUTH"}
# Their ClientMetadata is only for the triggers before the sign-in.
_KEEPS_METADATA = {"InitiateAuth", "AdminInitiateAuth"}
_ARN_PARTS_WITH_QUALIFIER = 8


class Triggers:
    """What Cognito does around a trigger, by blocking calls to the emulator's public API.

    `response_seconds` is Cognito's time limit for one try.
    """

    def __init__(self, emulator: Emulator, response_seconds: float) -> None:
        self._emulator = emulator
        self._lambda = emulator.client("lambda")
        self._invoker = emulator.client("lambda", response_seconds)

    def refuse_if_confirmed(self, request: dict[str, Any]) -> None:
        """Raise what AdminConfirmSignUp answers for a user who is not UNCONFIRMED.

        The emulator itself refuses a user or pool that does not exist.
        """
        try:
            user = self._emulator.user(request["UserPoolId"], request["Username"])
        except (ClientError, KeyError):
            return
        if user["UserStatus"] != "UNCONFIRMED":
            raise CognitoError(
                "NotAuthorizedException",
                f"User cannot be confirmed. Current status is {user['UserStatus']}",
            )

    def fire(self, action: str, request: dict[str, Any], answer: dict[str, Any]) -> None:
        """Call the pool's function for the user whom `action` has just confirmed or signed in.

        `request` and `answer` are the bodies of that call. Raises the CognitoError that Cognito
        would answer with. A pool may have no function for it.
        """
        pool_id = self._emulator.pool_id(request)
        pool = self._emulator.pool(pool_id)
        user = self._emulator.user(pool_id, self._username(request, answer))
        attributes = user["Attributes"]
        # The code proves the address or number it was sent to; an administrator proves nothing.
        if action == "ConfirmSignUp":
            verified = pool.get("AutoVerifiedAttributes", [])
            self._verify(pool_id, user["Username"], attributes, verified)

        source = _SOURCES[action]
        trigger = source.partition("_")[0]
        arn = pool.get("LambdaConfig", {}).get(trigger)
        if not arn:
            return
        if not self._may_invoke(arn, pool["Arn"]):
            raise _not_called(trigger, "AccessDeniedException")
        event_request: dict[str, Any] = {
            "userAttributes": {**attributes, "cognito:user_status": user["UserStatus"]}
        }
        if trigger == "PostAuthentication":
            event_request["newDeviceUsed"] = False
        if request.get("ClientMetadata") and action not in _KEEPS_METADATA:
            event_request["clientMetadata"] = request["ClientMetadata"]
        self._invoke(
            trigger,
            arn,
            {
                "version": "1",
                "region": pool_id.partition("_")[0],
                "userPoolId": pool_id,
                "userName": user["Username"],
                "callerContext": {
                    "awsSdkVersion": "aws-sdk-unknown-unknown",
                    "clientId": request.get("ClientId", "CLIENT_ID_NOT_APPLICABLE"),
                },
                "triggerSource": source,
                "request": event_request,
                "response": {},
            },
        )

    def _username(self, request: dict[str, Any], answer: dict[str, Any]) -> str:
        """The user of a call. The token tells for a sign-in, whose request may hold an alias."""
        if result := answer.get("AuthenticationResult"):
            user = self._emulator.cognito.get_user(AccessToken=result["AccessToken"])
            return str(user["Username"])
        return str(answer.get("UserSub") or request["Username"])

    def _verify(
        self, pool_id: str, username: str, attributes: dict[str, str], verified: list[str]
    ) -> None:
        """Mark what the code was sent to as verified: the number, or the address if there is none.

        https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
        """
        sent_to = [
            name for name in ("phone_number", "email") if name in verified and name in attributes
        ]
        if sent_to and attributes.get(f"{sent_to[0]}_verified") != "true":
            attributes[f"{sent_to[0]}_verified"] = "true"
            self._emulator.cognito.admin_update_user_attributes(
                UserPoolId=pool_id,
                Username=username,
                UserAttributes=[{"Name": f"{sent_to[0]}_verified", "Value": "true"}],
            )

    def _may_invoke(self, arn: str, pool_arn: str) -> bool:
        parts = arn.split(":")
        which = {"FunctionName": arn}
        if len(parts) == _ARN_PARTS_WITH_QUALIFIER:
            which = {"FunctionName": ":".join(parts[:-1]), "Qualifier": parts[-1]}
        try:
            policy = json.loads(self._lambda.get_policy(**which)["Policy"])
        except self._lambda.exceptions.ResourceNotFoundException:
            return False
        return allows(
            policy,
            service="cognito-idp.amazonaws.com",
            action="lambda:InvokeFunction",
            resource=arn,
            context={"aws:SourceArn": pool_arn, "aws:SourceAccount": self._emulator.account_id},
        )

    def _invoke(self, trigger: str, arn: str, event: dict[str, Any]) -> None:
        """Call the function, again when it does not answer in time, and judge its answer."""
        for _ in range(TRIES):
            try:
                response = self._invoker.invoke(FunctionName=arn, Payload=json.dumps(event))
                payload = response["Payload"].read()
            except (ConnectTimeoutError, ReadTimeoutError):
                continue
            except ClientError as error:
                code = error.response["Error"]["Code"]
                raise _not_called(trigger, code) from error
            break
        else:
            raise _not_called(trigger, "Socket timeout while invoking Lambda function")
        result = json_object(payload)
        if "FunctionError" in response:
            raise CognitoError(
                "UserLambdaValidationException",
                f"{trigger} failed with error {result.get('errorMessage')}.",
            )
        if not isinstance(result.get("response"), dict):
            raise CognitoError("InvalidLambdaResponseException", "Unrecognizable lambda output")


def fires(action: str, request: dict[str, Any], answer: dict[str, Any]) -> bool:
    """Whether a call that went well has confirmed a user or signed one in."""
    if action not in _SOURCES:
        return False
    if _SOURCES[action] == "PostAuthentication_Authentication":
        return "AuthenticationResult" in answer and request.get("AuthFlow") not in _REFRESHING
    return action != "SignUp" or bool(answer.get("UserConfirmed"))


def _not_called(trigger: str, reason: str) -> CognitoError:
    """The error for a function that Cognito could not call."""
    return CognitoError(
        "UnexpectedLambdaException", f"{trigger} invocation failed due to error {reason}."
    )
