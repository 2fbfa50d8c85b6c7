"""What must be true of every deployed stack, in the local AWS and, by `make e2e`, in an account.

In an account the tests cannot read the code in a mail. So they confirm users as an administrator,
and call the function with the event of a password reset. Each sign-up sends a mail, and Cognito's
own sender allows 50 a day, so tests share users.
"""

import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.deployment import Deployment, Item

CREATED_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ADA = {"custom:firstName": "Ada", "custom:lastName": "Lovelace"}

# These also run where real users are. They send one mail, and touch no other user.
everywhere = pytest.mark.everywhere


@dataclass(frozen=True)
class User:
    """A confirmed user, and the record right after the confirmation."""

    username: str
    sub: str
    item: Item


def signed_up(deployment: Deployment, **attributes: str) -> User:
    """Sign a user up and confirm them; check that this adds the record, and not the sign-up."""
    username, sub = deployment.sign_up(**attributes)
    if deployment.status(username) == "UNCONFIRMED":  # else a PreSignUp trigger has confirmed
        assert deployment.item(sub) is None
        deployment.confirm(username)
    item = deployment.item(sub)
    assert item is not None
    return User(username, sub, item)


def assert_expected(deployment: Deployment, user: User) -> None:
    """Check that the record has the stored attributes of the user in the pool."""
    item = dict(user.item)
    assert CREATED_AT.fullmatch(item.pop("CreatedAt")["S"])
    assert item == deployment.expected(user.sub, deployment.attributes(user.username))


class Scenarios:
    """The tests. A subclass has a fixture `deployed`, a Deployment for the whole class.

    They share the fixture `user`, so no test may leave that user's record changed.
    """

    @everywhere
    def test_a_confirmed_user_has_a_record(self, deployed: Deployment, user: User) -> None:
        assert_expected(deployed, user)
        assert deployed.values().keys() <= deployed.attributes(user.username).keys()

    def test_a_user_without_optional_attributes_has_a_record(self, deployed: Deployment) -> None:
        assert_expected(deployed, signed_up(deployed))

    def test_the_second_source_is_stored_when_the_first_has_no_value(
        self, deployed: Deployment
    ) -> None:
        values = deployed.values()
        for source in deployed.first_sources():
            values.pop(source, None)
        if not values:
            pytest.skip("no stored attribute has a second source that users may write")
        assert_expected(deployed, signed_up(deployed, **values))

    def test_a_second_confirmation_is_refused_and_changes_nothing(
        self, deployed: Deployment, user: User
    ) -> None:
        before = deployed.item(user.sub)
        with pytest.raises(deployed.cognito.exceptions.NotAuthorizedException):
            deployed.confirm(user.username)
        assert deployed.item(user.sub) == before

    @pytest.mark.parametrize("trigger", ["ConfirmSignUp", "ConfirmForgotPassword"])
    def test_a_second_call_leaves_the_record_as_it_is(
        self, deployed: Deployment, user: User, trigger: str
    ) -> None:
        before = deployed.item(user.sub)
        event = deployed.event(trigger, user.sub, **others(deployed, 1))
        assert deployed.invoke(event) == event
        assert deployed.item(user.sub) == before

    def test_a_password_reset_adds_a_missing_record(self, deployed: Deployment, user: User) -> None:
        deployed.delete_item(user.sub)
        attributes = deployed.attributes(user.username)
        deployed.invoke(deployed.event("ConfirmForgotPassword", **attributes))
        item = deployed.item(user.sub)
        assert item is not None
        assert_expected(deployed, User(user.username, user.sub, item))

    def test_a_federated_users_record_has_the_sub_as_its_key(self, deployed: Deployment) -> None:
        attributes = others(deployed, 1) | {
            "identities": json.dumps([{"providerName": "Google", "userId": "1"}]),
            "cognito:user_status": "EXTERNAL_PROVIDER",
        }
        event = deployed.event("ConfirmSignUp", str(uuid.uuid4()), **attributes)
        event["userName"] = "Google_1"
        assert deployed.invoke(event) == event
        given = event["request"]["userAttributes"]
        item = deployed.item(given["sub"])
        assert item is not None
        del item["CreatedAt"]
        assert item == deployed.expected("Google_1", given)

    def test_simultaneous_calls_write_one_record(self, deployed: Deployment) -> None:
        sub = str(uuid.uuid4())
        events = [
            deployed.event("ConfirmSignUp", sub, **others(deployed, number)) for number in range(6)
        ]
        with ThreadPoolExecutor(len(events)) as threads:
            assert list(threads.map(deployed.invoke, events)) == events
        first = deployed.item(sub)
        assert first is not None
        expected = [deployed.expected(sub, one["request"]["userAttributes"]) for one in events]
        assert {name: first[name] for name in first if name != "CreatedAt"} in expected
        deployed.invoke(events[0])
        assert deployed.item(sub) == first

    @everywhere
    def test_a_confirmed_user_can_sign_in_and_a_wrong_password_is_refused(
        self, deployed: Deployment, user: User
    ) -> None:
        if not deployed.takes_passwords:
            pytest.skip("no app client takes a password from users")
        with pytest.raises(deployed.cognito.exceptions.NotAuthorizedException):
            deployed.sign_in(user.username, "wrong-Horse-1-battery")
        token = deployed.sign_in(user.username)
        if token is not None:  # else Cognito has sent a code, which the test cannot read
            found = deployed.cognito.get_user(AccessToken=token)["UserAttributes"]
            assert {"Name": "sub", "Value": user.sub} in found


def others(deployment: Deployment, number: int) -> dict[str, str]:
    """Attributes for an event; they differ for each number."""
    values = {"S": f"somebody-{number}@example.com", "N": str(number), "BOOL": "true"}
    return {
        source: values[stored["type"]]
        for stored in deployment.outputs["stored_attributes"].values()
        for source in stored["sources"]
        if source != "sub" and not source.startswith("cognito:")
    }
