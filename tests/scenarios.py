"""What must hold of every deployment; run against the local AWS and, by `make e2e`, the real one.

A mail's code cannot be read on the real one, so an administrator confirms, and a reset is an event.
"""

import json
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from pycognito.aws_srp import AWSSRP

from tests.deployment import PASSWORD, Deployment

CREATED_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ADA = {"custom:firstName": "Ada", "custom:lastName": "Lovelace"}


class Scenarios:
    """Expects the stored attributes of the project's default."""

    def test_a_confirmed_user_has_a_record(self, deployment: Deployment) -> None:
        email, sub = deployment.sign_up(**ADA)
        assert deployment.item(sub) is None
        deployment.confirm(email)
        item = deployment.item(sub)
        assert item is not None
        assert CREATED_AT.fullmatch(item.pop("CreatedAt")["S"])
        assert item == {
            "UserID": {"S": sub},
            "Email": {"S": email},
            "FirstName": {"S": "Ada"},
            "LastName": {"S": "Lovelace"},
        }

    def test_a_user_without_names_has_a_record(self, deployment: Deployment) -> None:
        email, sub = deployment.sign_up()
        deployment.confirm(email)
        item = deployment.item(sub)
        assert item is not None
        assert item.keys() == {"UserID", "Email", "CreatedAt"}

    def test_standard_names_serve_where_custom_ones_are_missing(
        self, deployment: Deployment
    ) -> None:
        email, sub = deployment.sign_up(given_name="Zoë", family_name="李 👩‍👩‍👧 <b>")
        deployment.confirm(email)
        item = deployment.item(sub)
        assert item is not None
        assert (item["FirstName"], item["LastName"]) == ({"S": "Zoë"}, {"S": "李 👩‍👩‍👧 <b>"})

    def test_a_second_confirmation_is_refused_and_changes_nothing(
        self, deployment: Deployment
    ) -> None:
        email, sub = deployment.sign_up(**ADA)
        deployment.confirm(email)
        before = deployment.item(sub)
        with pytest.raises(deployment.cognito.exceptions.NotAuthorizedException):
            deployment.confirm(email)
        assert deployment.item(sub) == before

    @pytest.mark.parametrize("trigger", ["ConfirmSignUp", "ConfirmForgotPassword"])
    def test_a_further_call_leaves_the_record_as_it_is(
        self, deployment: Deployment, trigger: str
    ) -> None:
        email, sub = deployment.sign_up(**ADA)
        deployment.confirm(email)
        before = deployment.item(sub)
        event = deployment.event(trigger, sub, given_name="Somebody else")
        assert deployment.invoke(event) == event
        assert deployment.item(sub) == before

    def test_a_reset_heals_a_user_without_a_record(self, deployment: Deployment) -> None:
        email, sub = deployment.sign_up(**ADA)
        deployment.confirm(email)
        deployment.delete_item(sub)
        deployment.invoke(deployment.event("ConfirmForgotPassword", sub, email=email))
        item = deployment.item(sub)
        assert item is not None
        assert item["Email"] == {"S": email}

    def test_a_federated_user_is_stored_under_its_sub(self, deployment: Deployment) -> None:
        sub = str(uuid.uuid4())
        event = deployment.event(
            "ConfirmSignUp",
            sub,
            email="grace@example.com",
            given_name="Grace",
            identities=json.dumps([{"providerName": "Google", "userId": "1"}]),
            **{"cognito:user_status": "EXTERNAL_PROVIDER"},
        )
        event["userName"] = "Google_1"
        assert deployment.invoke(event) == event
        item = deployment.item(sub)
        assert item is not None
        assert (item["UserID"], item["FirstName"]) == ({"S": sub}, {"S": "Grace"})

    def test_simultaneous_calls_make_one_record(self, deployment: Deployment) -> None:
        sub = str(uuid.uuid4())
        names = [f"Name {number}" for number in range(6)]
        events = [deployment.event("ConfirmSignUp", sub, given_name=name) for name in names]
        with ThreadPoolExecutor(len(events)) as threads:
            assert list(threads.map(deployment.invoke, events)) == events
        first = deployment.item(sub)
        assert first is not None
        assert first["FirstName"]["S"] in names
        deployment.invoke(events[0])
        assert deployment.item(sub) == first

    def test_a_stored_user_signs_in_by_srp(self, deployment: Deployment) -> None:
        email, sub = deployment.sign_up(**ADA)
        deployment.confirm(email)
        assert deployment.item(sub) is not None

        def sign_in(password: str) -> str:
            outputs = deployment.outputs
            srp = AWSSRP(
                username=email,
                password=password,
                pool_id=outputs["user_pool_id"],
                client_id=deployment.client_id,
                client=deployment.cognito,
            )
            return str(srp.authenticate_user()["AuthenticationResult"]["AccessToken"])

        user = deployment.cognito.get_user(AccessToken=sign_in(PASSWORD))
        attributes = {entry["Name"]: entry["Value"] for entry in user["UserAttributes"]}
        assert attributes["sub"] == sub
        with pytest.raises(deployment.cognito.exceptions.NotAuthorizedException):
            sign_in("wrong-Horse-1-battery")
