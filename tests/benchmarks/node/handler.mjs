// The function's job, in Node with AWS SDK v3.
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";

const storedAttributes = Object.entries(JSON.parse(process.env.STORED_ATTRIBUTES));
const client = new DynamoDBClient({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 500, requestTimeout: 800 },
});

export async function handler(event) {
  const now = new Date().toISOString();
  const attributes = event.request.userAttributes;
  const item = { UserID: { S: attributes.sub }, CreatedAt: { S: now } };
  for (const [name, { sources, type }] of storedAttributes) {
    const source = sources.find((candidate) => attributes[candidate]);
    if (source) item[name] = { [type]: attributes[source] };
  }
  let outcome = "stored";
  try {
    await client.send(
      new PutItemCommand({
        TableName: process.env.TABLE_NAME,
        Item: item,
        ConditionExpression: "attribute_not_exists(UserID)",
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    outcome = "already_stored";
  }
  console.log(
    JSON.stringify({
      timestamp: now,
      level: "INFO",
      outcome,
      triggerSource: event.triggerSource,
      sub: attributes.sub,
    }),
  );
  return event;
}
