// Evaluates requests to AWS by policies, as IAM does: https://github.com/cloud-copilot/iam-simulate
// stdin: a JSON list of { action, resource, context, policies: [...], boundary? }; stdout: for each "Allowed", or why not.
import { runSimulation } from "@cloud-copilot/iam-simulate";

const ACCOUNT = "123456789012";
const named = (policies) => policies.map((policy, index) => ({ name: `policy ${index}`, policy }));
const ALLOW_ALL = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };

async function decide({ action, resource, context, policies, boundary }) {
  const outcome = await runSimulation(
    {
      request: {
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/tested/session`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: context,
      },
      identityPolicies: named(policies),
      permissionBoundaryPolicies: boundary === undefined ? undefined : named([boundary]),
      serviceControlPolicies: [{ orgIdentifier: "ou-1", policies: named([ALLOW_ALL]) }],
      resourceControlPolicies: [],
      // A key's policy that lets IAM decide, as all of ours do.
      resourcePolicy: action.startsWith("kms:") && action !== "kms:CreateKey" ? keyPolicy : undefined,
    },
    { simulationMode: "Strict" },
  );
  if (outcome.resultType === "error") return `error: ${action} on ${resource}: ${JSON.stringify(outcome.errors)}`;
  const results = outcome.resultType === "single" ? [outcome.result] : outcome.results;
  const ignored = results.flatMap((one) => one.ignoredContextKeys ?? []);
  if (ignored.length > 0) return `error: ${action} does not know ${ignored}`;
  return outcome.overallResult;
}

const keyPolicy = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: "kms:*", Resource: "*" }],
};

let input = "";
for await (const chunk of process.stdin) input += chunk;
const decisions = [];
for (const request of JSON.parse(input)) decisions.push(await decide(request));
process.stdout.write(JSON.stringify(decisions));
