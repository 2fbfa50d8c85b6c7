// Sign up, confirm, sign in, and reset a forgotten password with AWS Amplify's auth library.
import { createInterface } from "node:readline/promises";
import { Amplify } from "aws-amplify";
import {
  confirmResetPassword, confirmSignUp, fetchAuthSession, resetPassword, signIn, signOut, signUp,
} from "aws-amplify/auth";

const [username, password, newPassword] = process.argv.slice(2);
const { AWS_ENDPOINT_URL, USER_POOL_ID, USER_POOL_CLIENT_ID } = process.env;
const terminal = createInterface({ input: process.stdin, output: process.stdout });

Amplify.configure({
  Auth: {
    Cognito: {
      userPoolId: USER_POOL_ID,
      userPoolClientId: USER_POOL_CLIENT_ID,
      userPoolEndpoint: AWS_ENDPOINT_URL, // leave this out on AWS
    },
  },
});

const userAttributes = { email: username, "custom:firstName": "Ada", "custom:lastName": "Lovelace" };
await signUp({ username, password, options: { userAttributes } });
await confirmSignUp({ username, confirmationCode: await terminal.question("Code: ") });

await signIn({ username, password }); // by SRP: the password itself is not sent
console.log("Signed in as", (await fetchAuthSession()).userSub);
await signOut();

await resetPassword({ username });
const confirmationCode = await terminal.question("Code: ");
await confirmResetPassword({ username, confirmationCode, newPassword });
await signIn({ username, password: newPassword });
console.log("Signed in as", (await fetchAuthSession()).userSub);
terminal.close();
