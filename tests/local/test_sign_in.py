"""`store_at_sign_in`: the real zip behind the PostAuthentication trigger of the deployed pool."""

from collections.abc import Iterator

import pytest

from scripts.local.local_aws import LocalAWS
from tests.deployment import PASSWORD, Deployment
from tests.local.test_sign_up import logged, no_put_item
from tests.scenarios import ADA


@pytest.fixture
def store_at_sign_in(aws: LocalAWS, deployment: Deployment) -> Iterator[None]:
    """Have the pool call the function after each sign-in, too."""
    cognito, pool_id = aws.client("cognito-idp"), deployment.outputs["user_pool_id"]
    pool = cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    before = pool["LambdaConfig"]

    def set_triggers(triggers: dict[str, str]) -> None:
        cognito.update_user_pool(
            UserPoolId=pool_id,
            AutoVerifiedAttributes=pool["AutoVerifiedAttributes"],
            LambdaConfig=triggers,
        )

    set_triggers(before | {"PostAuthentication": deployment.outputs["alias_arn"]})
    yield
    set_triggers(before)


@pytest.fixture
def client_id(deployment: Deployment) -> Iterator[str]:
    """An app client that accepts a plain password."""
    pool_id = deployment.outputs["user_pool_id"]
    made = deployment.cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="sign-in",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    yield made
    deployment.cognito.delete_user_pool_client(UserPoolId=pool_id, ClientId=made)


def sign_in(deployment: Deployment, client_id: str, email: str) -> str:
    answer = deployment.cognito.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    return answer["AuthenticationResult"]["AccessToken"]


def test_a_sign_in_adds_a_missing_record_before_it_gives_the_tokens(
    aws: LocalAWS, deployment: Deployment, store_at_sign_in: None, client_id: str
) -> None:
    email, sub = deployment.sign_up(**ADA)
    deployment.confirm(email)
    deployment.delete_item(sub)
    assert sign_in(deployment, client_id, email)
    first = deployment.item(sub)
    assert first is not None
    assert first["FirstName"] == {"S": "Ada"}
    assert sign_in(deployment, client_id, email)
    assert deployment.item(sub) == first
    assert [(line["outcome"], line["source"]) for line in logged(aws, deployment, sub, 3)] == [
        ("stored", "trigger"),
        ("stored", "sign_in"),
        ("already_stored", "sign_in"),
    ]


def test_the_first_sign_in_adds_the_record_of_a_user_that_an_administrator_created(
    deployment: Deployment, store_at_sign_in: None, client_id: str
) -> None:
    email, sub = deployment.create()
    assert deployment.item(sub) is None
    assert sign_in(deployment, client_id, email)
    item = deployment.item(sub)
    assert item is not None
    assert item["Email"] == {"S": email}


def test_a_failed_write_does_not_keep_the_user_from_signing_in(
    aws: LocalAWS, deployment: Deployment, store_at_sign_in: None, client_id: str
) -> None:
    email, sub = deployment.sign_up(**ADA)
    deployment.confirm(email)
    deployment.delete_item(sub)
    with no_put_item(aws, deployment.outputs["function_name"]):
        assert sign_in(deployment, client_id, email)
    assert deployment.item(sub) is None
    assert sign_in(deployment, client_id, email)
    assert deployment.item(sub) is not None
