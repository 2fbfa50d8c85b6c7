"""What the roles of terraform/bootstrap may do, by the local AWS's IAM evaluator.

This was not tried on AWS. .github/README.md says how you would try it.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from scripts.local.local_aws import PYTHON, ROOT, LocalAWS
from scripts.local.snapshot import STACK
from scripts.local.terraform import Terraform, TerraformError, scratch_copy
from tests.tools import missing

ACCOUNT, REGION = LocalAWS.account_id, LocalAWS.region
OURS, ANOTHERS = (
    "confirmed-users-dev",
    ("confirmed-users-prod", "other-dev", "confirmed-users-devel"),
)
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
TABLE_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/99999999-2222-3333-4444-555555555555"
POOL = f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{REGION}_aBcDeFgHi"
BUCKET = f"arn:aws:s3:::confirmed-users-state-{ACCOUNT}-{REGION}"
STATE = f"{BUCKET}/env:/{{}}/confirmed-users/terraform.tfstate"
ERRORED = f"{BUCKET}/errored/{{}}/1.tfstate"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/bootstrap/{OURS}-boundary"
DEPLOYER = f"arn:aws:iam::{ACCOUNT}:role/bootstrap/{OURS}-deploy"
OUR_TAGS = {"Project": "confirmed-users", "Environment": "dev"}
ANOTHERS_TAGS: tuple[dict[str, str], ...] = (
    {},
    {"Project": "confirmed-users"},
    {"Environment": "dev"},
    {"Project": "confirmed-users", "Environment": "prod"},
    {"Project": "other", "Environment": "dev"},
)

# The ARNs of resources whose name begins with the environment's, by service.
BY_NAME = {
    "cloudwatch": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{{}}-post-confirmation-errors",
    "dashboard": f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{{}}",
    "dynamodb": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "iam": f"arn:aws:iam::{ACCOUNT}:role/{{}}-post-confirmation",
    "lambda": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}-post-confirmation",
    "alias": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}-post-confirmation:*",
    "logs": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{{}}-reconcile",
    "log stream": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/{{}}-a:log-stream:b",
    "scheduler": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{{}}-reconcile",
    "sns": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}-alarms",
    "states": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}-reconcile",
    "execution": f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{{}}-reconcile:1",
}
OTHER_KIND = {
    "cloudwatch:DeleteDashboards": "dashboard",
    "cloudwatch:GetDashboard": "dashboard",
    "cloudwatch:PutDashboard": "dashboard",
    "lambda:DeleteProvisionedConcurrencyConfig": "alias",
    "lambda:GetProvisionedConcurrencyConfig": "alias",
    "lambda:PutProvisionedConcurrencyConfig": "alias",
    "logs:CreateLogStream": "log stream",
    "states:DescribeExecution": "execution",
}
CONTEXT = {
    **{
        f"iam:{action}": {"iam:PermissionsBoundary": BOUNDARY}
        for action in (
            "CreateRole",
            "DeleteRole",
            "DeleteRolePolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "UpdateAssumeRolePolicy",
        )
    },
    "iam:PassRole": {"iam:PassedToService": "lambda.amazonaws.com"},
    "lambda:AddPermission": {"lambda:Principal": "cognito-idp.amazonaws.com"},
}

# What the AWS provider calls, measured with version 5.46 or read in the source of 6.x.
PLAN_BY_NAME = [
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetDashboard",
    "cloudwatch:ListTagsForResource",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:ListTagsOfResource",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "lambda:GetAlias",
    "lambda:GetFunction",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:GetFunctionConfiguration",
    "lambda:GetPolicy",
    "lambda:GetProvisionedConcurrencyConfig",
    "lambda:ListVersionsByFunction",
    "logs:DescribeMetricFilters",
    "logs:ListTagsForResource",
    "scheduler:GetSchedule",
    "sns:GetSubscriptionAttributes",
    "sns:GetTopicAttributes",
    "sns:ListTagsForResource",
    "states:DescribeStateMachine",
    "states:ListStateMachineVersions",
    "states:ListTagsForResource",
]
PLAN_BY_TAG = [
    "cognito-idp:DescribeIdentityProvider",
    "cognito-idp:DescribeManagedLoginBranding",
    "cognito-idp:DescribeManagedLoginBrandingByClient",
    "cognito-idp:DescribeUserPool",
    "cognito-idp:DescribeUserPoolClient",
    "cognito-idp:GetUserPoolMfaConfig",
    "cognito-idp:ListTagsForResource",
    "cognito-idp:ListUserPoolClients",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListResourceTags",
]
PLAN_WITHOUT_LIMIT = [
    "cognito-idp:DescribeUserPoolDomain",
    "logs:DescribeLogGroups",
    "states:ValidateStateMachineDefinition",
]
DEPLOY_BY_NAME = [
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DeleteDashboards",
    "cloudwatch:PutDashboard",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:TagResource",
    "cloudwatch:UntagResource",
    "dynamodb:CreateTable",
    "dynamodb:DeleteTable",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "dynamodb:UpdateContinuousBackups",
    "dynamodb:UpdateTable",
    "iam:CreateRole",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:ListInstanceProfilesForRole",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "lambda:AddPermission",
    "lambda:CreateAlias",
    "lambda:CreateFunction",
    "lambda:DeleteAlias",
    "lambda:DeleteFunction",
    "lambda:DeleteFunctionConcurrency",
    "lambda:DeleteProvisionedConcurrencyConfig",
    "lambda:PublishVersion",
    "lambda:PutFunctionConcurrency",
    "lambda:PutProvisionedConcurrencyConfig",
    "lambda:RemovePermission",
    "lambda:TagResource",
    "lambda:UntagResource",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "logs:AssociateKmsKey",
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:DeleteMetricFilter",
    "logs:DisassociateKmsKey",
    "logs:PutMetricFilter",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
    "scheduler:CreateSchedule",
    "scheduler:DeleteSchedule",
    "scheduler:UpdateSchedule",
    "sns:CreateTopic",
    "sns:DeleteTopic",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
    "sns:TagResource",
    "sns:Unsubscribe",
    "sns:UntagResource",
    "states:CreateStateMachine",
    "states:DeleteStateMachine",
    "states:TagResource",
    "states:UntagResource",
    "states:UpdateStateMachine",
]
DEPLOY_BY_TAG = [
    "cognito-idp:AddCustomAttributes",
    "cognito-idp:CreateIdentityProvider",
    "cognito-idp:CreateManagedLoginBranding",
    "cognito-idp:CreateUserPoolClient",
    "cognito-idp:CreateUserPoolDomain",
    "cognito-idp:DeleteIdentityProvider",
    "cognito-idp:DeleteManagedLoginBranding",
    "cognito-idp:DeleteUserPool",
    "cognito-idp:DeleteUserPoolClient",
    "cognito-idp:DeleteUserPoolDomain",
    "cognito-idp:SetUserPoolMfaConfig",
    "cognito-idp:TagResource",
    "cognito-idp:UntagResource",
    "cognito-idp:UpdateIdentityProvider",
    "cognito-idp:UpdateManagedLoginBranding",
    "cognito-idp:UpdateUserPool",
    "cognito-idp:UpdateUserPoolClient",
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
]
# `make e2e` and `make reconcile`.
TESTS_BY_NAME = [
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "lambda:InvokeFunction",
    "states:DescribeExecution",
    "states:ListExecutions",
    "states:StartExecution",
]
TESTS_BY_TAG = [
    "cognito-idp:AdminConfirmSignUp",
    "cognito-idp:AdminDeleteUser",
    "cognito-idp:AdminGetUser",
]


@dataclass(frozen=True)
class Request:
    """A call to AWS, as IAM sees it."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource} {dict(self.context) or ''}".strip()


@dataclass(frozen=True)
class Policies:
    """The policies of an environment's roles, and its boundary."""

    plan: list[Any]
    deploy: list[Any]
    boundary: Any


def by_name(actions: Iterable[str], name: str = OURS) -> list[Request]:
    """Requests for resources with that name."""
    return [
        Request(
            action,
            BY_NAME[OTHER_KIND.get(action, action.partition(":")[0])].format(name),
            CONTEXT.get(action, {}),
        )
        for action in actions
    ]


def by_tag(actions: Iterable[str], tags: Mapping[str, str]) -> list[Request]:
    """Requests for a pool or a key with those tags."""
    return [
        Request(action, KEY if action.startswith("kms:") else POOL, tagged("Resource", tags))
        for action in actions
    ]


def tagged(what: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The condition keys for tags of a resource (`what` is Resource) or in a request (Request)."""
    return {f"aws:{what}Tag/{name}": value for name, value in tags.items()}


def decisions(requests: list[Request], policies: list[Any], boundary: Any = None) -> list[str]:
    """The decision of evaluate.py about each request: Allow, Deny or ImplicitDeny."""
    cases = [
        {
            "action": one.action,
            "resource": one.resource,
            "context": dict(one.context),
            "policies": policies,
            "boundary": boundary,
        }
        for one in requests
    ]
    said = subprocess.run(
        [PYTHON, "tests/delivery/evaluate.py"],
        cwd=ROOT,
        input=json.dumps(cases),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    decided: list[str] = json.loads(said)
    assert set(decided) <= {"Allow", "Deny", "ImplicitDeny"}
    return decided


def denied(requests: list[Request], policies: list[Any], boundary: Any = None) -> list[str]:
    """The requests that are denied."""
    decided = decisions(requests, policies, boundary)
    return [str(one) for one, said in zip(requests, decided, strict=True) if said != "Allow"]


def allowed(requests: list[Request], policies: list[Any], boundary: Any = None) -> list[str]:
    """The requests that are allowed."""
    decided = decisions(requests, policies, boundary)
    return [str(one) for one, said in zip(requests, decided, strict=True) if said == "Allow"]


@pytest.fixture(scope="module")
def environments(aws: LocalAWS) -> dict[str, Policies]:
    """The policies of dev and of local. The stack of local is in scripts/local/stack.json."""
    with scratch_copy(aws) as root:
        terraform = Terraform(root.directory / "bootstrap", root.environment)
        shutil.copy(root.directory / "backend_override.tf", terraform.directory)
        try:
            terraform.run("init")
        except TerraformError:
            missing("no AWS provider; to see why: terraform -chdir=terraform init -backend=false")
        variables = {
            "environments": ["dev", "local"],
            "function_s3_buckets": ["artifacts"],
            "github": "octo-org/app",
            "kms_key_arns": [TABLE_KEY],
            "region": REGION,
            "state_kms_key_arn": KEY,
        }
        (terraform.directory / "test.tfvars.json").write_text(json.dumps(variables))
        terraform.run("plan", "-out=plan", "-var-file=test.tfvars.json")
        planned = terraform.json("show", "-json", "plan")["planned_values"]["root_module"]
    return {
        module["address"].split('"')[1]: _policies(module["resources"])
        for module in planned["child_modules"]
    }


def _policies(resources: list[Any]) -> Policies:
    documents = {
        one.get("index", one["name"]): json.loads(one["values"]["policy"])
        for one in resources
        if one["type"] == "aws_iam_policy"
    }
    # To the evaluator a condition with an operator that it does not know is never met.
    operators = {
        operator
        for document in documents.values()
        for statement in document["Statement"]
        for operator in statement.get("Condition", {})
    }
    assert operators <= {"StringEquals", "StringLike", "StringNotEquals"}
    boundary, plan = documents.pop("boundary"), documents["plan"]
    return Policies([plan], list(documents.values()), boundary)


@pytest.fixture
def dev(environments: dict[str, Policies]) -> Policies:
    return environments["dev"]


def state(environment: str, ending: str = "") -> str:
    return STATE.format(environment) + ending


def test_both_roles_may_read_what_a_plan_of_the_environment_reads(dev: Policies) -> None:
    ours = [
        *by_name(PLAN_BY_NAME),
        *by_tag(PLAN_BY_TAG, OUR_TAGS),
        *(Request(action, "*") for action in PLAN_WITHOUT_LIMIT),
        Request("s3:ListBucket", BUCKET),
        Request("s3:GetObject", state("dev")),
        Request("s3:GetObject", state("dev", ".tflock")),
        Request("kms:Decrypt", KEY, {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}),
        Request("kms:Decrypt", TABLE_KEY, {"kms:ViaService": f"lambda.{REGION}.amazonaws.com"}),
    ]
    assert denied(ours, dev.plan) == []
    assert denied(ours, dev.deploy) == []


def test_the_deploy_role_may_change_everything_in_its_environment(dev: Policies) -> None:
    made_with = tagged("Request", OUR_TAGS)
    ours = [
        *by_name(DEPLOY_BY_NAME),
        *by_name(TESTS_BY_NAME),
        *by_tag(DEPLOY_BY_TAG, OUR_TAGS),
        *by_tag(TESTS_BY_TAG, OUR_TAGS),
        *(
            Request(action, "*", made_with)
            for action in ("cognito-idp:CreateUserPool", "kms:CreateKey")
        ),
        # While AWS creates a pool or a key, it checks this permission for `*`.
        *(Request(f"{service}:TagResource", "*", made_with) for service in ("cognito-idp", "kms")),
        *(
            Request(
                "iam:PassRole",
                BY_NAME["iam"].format(OURS),
                {"iam:PassedToService": f"{service}.amazonaws.com"},
            )
            for service in ("cognito-idp", "lambda", "scheduler", "states")
        ),
        Request(
            "iam:CreateServiceLinkedRole",
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/email.cognito-idp.amazonaws.com/"
            "AWSServiceRoleForAmazonCognitoIdpEmailService",
            {"iam:AWSServiceName": "email.cognito-idp.amazonaws.com"},
        ),
        *(
            Request(f"s3:{verb}Object", state("dev", ".tflock"))
            for verb in ("Get", "Put", "Delete")
        ),
        Request("s3:PutObject", state("dev")),
        Request("s3:PutObject", ERRORED.format("dev")),
        Request("kms:GenerateDataKey", KEY, {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}),
        Request("s3:GetObject", "arn:aws:s3:::artifacts/function.zip"),
        Request("s3:GetObjectVersion", "arn:aws:s3:::artifacts/function.zip"),
        *(
            Request(f"kms:{action}", TABLE_KEY, {"kms:ViaService": f"{service}.{REGION}.aws"})
            for action in ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt")
            for service in ("dynamodb", "lambda")
        ),
    ]
    assert denied(ours, dev.deploy) == []


@pytest.mark.parametrize("role", ["plan", "deploy"])
def test_resources_of_other_environments_and_projects_are_out_of_reach(
    dev: Policies, role: str
) -> None:
    named = [*PLAN_BY_NAME, *DEPLOY_BY_NAME, *TESTS_BY_NAME]
    by_tags = [*PLAN_BY_TAG, *DEPLOY_BY_TAG, *TESTS_BY_TAG]
    anothers = [
        *(one for name in ANOTHERS for one in by_name(named, name)),
        *(one for tags in ANOTHERS_TAGS for one in by_tag(by_tags, tags)),
        *(
            Request(f"s3:{verb}Object", place)
            for verb in ("Get", "Put", "Delete")
            for place in (
                state("prod"),
                state("prod", ".tflock"),
                state("dev2"),
                f"{BUCKET}/env:/dev/other/terraform.tfstate",
                f"{BUCKET}/confirmed-users/bootstrap.tfstate",
                ERRORED.format("prod"),
                "arn:aws:s3:::theirs/function.zip",
            )
        ),
        Request("s3:ListBucket", "arn:aws:s3:::theirs"),
        Request("kms:Decrypt", KEY, {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}),
        Request("kms:CreateGrant", KEY, {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}),
        Request("kms:Decrypt", TABLE_KEY),
    ]
    assert allowed(anothers, getattr(dev, role)) == []


def test_the_plan_role_reads_no_record_and_no_user_and_changes_nothing(dev: Policies) -> None:
    table = BY_NAME["dynamodb"].format(OURS)
    ours = tagged("Resource", OUR_TAGS)
    requests = [
        *by_name([*DEPLOY_BY_NAME, *TESTS_BY_NAME]),
        *by_tag([*DEPLOY_BY_TAG, *TESTS_BY_TAG], OUR_TAGS),
        *(
            Request(f"dynamodb:{action}", table)
            for action in ("BatchGetItem", "GetItem", "PartiQLSelect", "Query", "Scan")
        ),
        Request("dynamodb:Query", f"{table}/index/Email"),
        Request("dynamodb:GetRecords", f"{table}/stream/2026-01-01T00:00:00.000"),
        Request("dynamodb:ExportTableToPointInTime", table),
        *(
            Request(f"cognito-idp:{action}", POOL, ours)
            for action in ("AdminGetUser", "AdminListGroupsForUser", "ListUsers")
        ),
        Request("logs:FilterLogEvents", BY_NAME["logs"].format(OURS)),
        Request("logs:GetLogEvents", BY_NAME["log stream"].format(OURS)),
        *(
            Request(f"s3:{verb}Object", place)
            for verb in ("Put", "Delete")
            for place in (state("dev"), state("dev", ".tflock"), ERRORED.format("dev"))
        ),
        Request("cognito-idp:CreateUserPool", "*", tagged("Request", OUR_TAGS)),
    ]
    assert allowed(requests, dev.plan) == []


def test_the_deploy_role_cannot_take_over_a_resource_by_tagging_it(dev: Policies) -> None:
    ours = tagged("Request", OUR_TAGS)
    for tags in ANOTHERS_TAGS:
        there = tagged("Resource", tags)
        requests = [
            *(
                Request("kms:TagResource", key, there | ours)
                for key in (KEY, KEY.replace("/11111111-", "/mrk-1"))
            ),
            Request("cognito-idp:TagResource", POOL, there | ours),
            Request("cognito-idp:UpdateUserPool", POOL, there | ours),
        ]
        assert allowed(requests, dev.deploy) == []
    made = [
        Request(action, "*", tagged("Request", tags))
        for tags in ANOTHERS_TAGS
        for action in ("cognito-idp:CreateUserPool", "kms:CreateKey")
    ]
    assert allowed(made, dev.deploy) == []


ROLE = BY_NAME["iam"].format(OURS)
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"
POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"
BOUNDED = {"iam:PermissionsBoundary": BOUNDARY}
UNBOUNDED: list[dict[str, str]] = [
    {},
    {"iam:PermissionsBoundary": POLICY},
    {"iam:PermissionsBoundary": BOUNDARY.replace("-dev-", "-prod-")},
]
ESCALATIONS = [
    # Create a role with more rights than the boundary allows.
    *(
        Request(f"iam:{action}", ROLE, context)
        for action in ("CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy")
        for context in UNBOUNDED
    ),
    Request("iam:DeleteRolePermissionsBoundary", ROLE, BOUNDED),
    Request("iam:AttachRolePolicy", ROLE, BOUNDED | {"iam:PolicyARN": POLICY}),
    # Change the boundary, or the rights of the roles that bootstrap created.
    *(
        Request(f"iam:{action}", policy)
        for action in ("CreatePolicyVersion", "DeletePolicy", "SetDefaultPolicyVersion")
        for policy in (BOUNDARY, BOUNDARY.replace("-boundary", "-deploy"))
    ),
    Request("iam:CreatePolicy", f"arn:aws:iam::{ACCOUNT}:policy/{OURS}-x"),
    *(
        Request(f"iam:{action}", role, BOUNDED)
        for action in ("AttachRolePolicy", "PutRolePolicy", "UpdateAssumeRolePolicy", "DeleteRole")
        for role in (DEPLOYER, DEPLOYER.replace("-deploy", "-plan"), ADMIN)
    ),
    # Run code with another role.
    *(
        Request("iam:PassRole", role, {"iam:PassedToService": "lambda.amazonaws.com"})
        for role in (ADMIN, DEPLOYER, BY_NAME["iam"].format("confirmed-users-prod"))
    ),
    *(
        Request("iam:PassRole", ROLE, {"iam:PassedToService": f"{service}.amazonaws.com"})
        for service in ("cloudformation", "codebuild", "ec2", "ecs-tasks", "glue", "sagemaker")
    ),
    *by_name(["lambda:UpdateFunctionCode", "lambda:InvokeFunction"], "confirmed-users-prod"),
    Request("cloudformation:CreateStack", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/a/1"),
    Request("ec2:RunInstances", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/*"),
    Request("ssm:SendCommand", f"arn:aws:ec2:{REGION}:{ACCOUNT}:instance/i-1"),
    Request("sts:AssumeRole", ADMIN),
    Request("sts:AssumeRole", DEPLOYER),
    # Let others call the function.
    *(
        Request("lambda:AddPermission", BY_NAME["lambda"].format(OURS), {"lambda:Principal": one})
        for one in ("*", "999999999999", f"arn:aws:iam::{ACCOUNT}:root", "s3.amazonaws.com")
    ),
    Request("lambda:CreateFunctionUrlConfig", BY_NAME["lambda"].format(OURS)),
    Request("lambda:CreateEventSourceMapping", "*"),
    # Create another identity.
    *(
        Request(f"iam:{action}", f"arn:aws:iam::{ACCOUNT}:user/{OURS}-a")
        for action in (
            "AttachUserPolicy",
            "CreateAccessKey",
            "CreateLoginProfile",
            "CreateUser",
            "PutUserPolicy",
            "UpdateLoginProfile",
        )
    ),
    Request("iam:AddUserToGroup", f"arn:aws:iam::{ACCOUNT}:group/admins"),
    Request("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::{ACCOUNT}:oidc-provider/a.example"),
    Request("iam:CreateSAMLProvider", f"arn:aws:iam::{ACCOUNT}:saml-provider/a"),
    Request(
        "iam:CreateServiceLinkedRole",
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/a",
        {"iam:AWSServiceName": "ecs.amazonaws.com"},
    ),
    # Change the state of all environments, or delete its history.
    *(
        Request(f"s3:{action}", BUCKET)
        for action in ("DeleteBucket", "PutBucketPolicy", "PutBucketVersioning")
    ),
    Request("s3:PutLifecycleConfiguration", BUCKET),
    Request("s3:DeleteObjectVersion", state("dev")),
    Request("s3:DeleteObject", state("dev")),
]


@pytest.mark.parametrize("role", ["plan", "deploy"])
def test_no_role_can_give_itself_more_rights(dev: Policies, role: str) -> None:
    assert allowed(ESCALATIONS, getattr(dev, role)) == []


EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def by_table(name: str, account: str) -> dict[str, str]:
    """The condition keys when DynamoDB uses a key for that table of that account."""
    return {
        "kms:ViaService": f"dynamodb.{REGION}.amazonaws.com",
        "kms:EncryptionContext:aws:dynamodb:tableName": name,
        "kms:EncryptionContext:aws:dynamodb:subscriberId": account,
    }


def test_the_boundary_limits_a_role_that_is_allowed_everything(dev: Policies) -> None:
    pool = tagged("Resource", OUR_TAGS)
    beyond = [
        *ESCALATIONS,
        *by_name([*PLAN_BY_NAME, *DEPLOY_BY_NAME]),
        *by_tag([*PLAN_BY_TAG, *DEPLOY_BY_TAG], OUR_TAGS),
        *(
            one
            for name in ANOTHERS
            for one in by_name([*TESTS_BY_NAME, "dynamodb:PutItem", "logs:CreateLogStream"], name)
        ),
        *(
            Request("cognito-idp:ListUsers", POOL, tagged("Resource", tags))
            for tags in ANOTHERS_TAGS
        ),
        Request("cognito-idp:AdminDeleteUser", POOL, pool),
        Request("cognito-idp:AdminSetUserPassword", POOL, pool),
        Request("sns:Publish", BY_NAME["sns"].format("other")),
        Request("s3:GetObject", state("dev")),
        Request("kms:Decrypt", KEY, {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}),
        Request("kms:Decrypt", KEY, {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}),
        *(Request("kms:Decrypt", KEY, by_table(name, ACCOUNT)) for name in ANOTHERS),
        Request("kms:Decrypt", KEY, by_table(OURS, "999999999999")),
        Request(
            "kms:Decrypt", KEY, by_table(OURS, ACCOUNT) | {"kms:ViaService": "s3.amazonaws.com"}
        ),
    ]
    assert allowed(beyond, [EVERYTHING], boundary=dev.boundary) == []


def test_the_boundary_allows_what_the_roles_of_the_stack_need(
    environments: dict[str, Policies],
) -> None:
    tags = tagged("Resource", OUR_TAGS | {"Environment": "local"})
    needed = [
        request
        for resource in json.loads(STACK.read_text())["resources"]
        if resource["type"] == "aws_iam_role_policy"
        for statement in resource["values"]["policy"]["Statement"]
        for request in requests_of(statement, tags)
    ]
    assert len(needed) >= len(("PutItem", "ListUsers", "CreateLogStream", "InvokeFunction"))
    # Options of the stack add these.
    needed.append(Request("sns:Publish", "*"))
    needed.append(Request("kms:Decrypt", TABLE_KEY))
    assert denied(needed, [EVERYTHING], boundary=environments["local"].boundary) == []


def requests_of(statement: dict[str, Any], pool: dict[str, str]) -> list[Request]:
    """One request for each action and resource that a statement allows."""
    actions, resources = (
        [one] if isinstance(one, str) else one
        for one in (statement["Action"], statement["Resource"])
    )
    context = {
        key: (values if isinstance(values, str) else values[0]).replace("*", REGION)
        for condition in statement.get("Condition", {}).values()
        for key, values in condition.items()
    }
    return [
        Request(
            action,
            _whole(resource),
            context | (pool if ":userpool/" in resource else {}),
        )
        for action in actions
        for resource in resources
    ]


def _whole(resource: str) -> str:
    """The ARN of one resource for an ARN in which the policy or the snapshot leaves a part open."""
    if ":userpool/" in resource:
        return POOL
    if ":key/*" in resource:
        return KEY
    return re.sub(r"(:log-group:[^:]+):\*$", r"\1:log-stream:a", resource)
