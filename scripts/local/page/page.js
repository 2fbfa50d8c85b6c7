// The page of `make local`. It calls Cognito at the local AWS, as any app does. For what an app
// cannot see or do (the table, the log, what an administrator does) it calls its own server. It shows
// what a user typed by textContent, so that markup stays text.

const POLL_MILLISECONDS = 1000;

const at = (id) => document.getElementById(id);
const value = (id) => at(id).value.trim();

/** An answer that is an error, in the words of AWS. */
class Refusal extends Error {
  constructor({ __type, message }) {
    super(`${__type}: ${message}`);
  }
}

async function call(url, options) {
  const response = await fetch(url, options);
  const answer = await response.json();
  if (!response.ok) throw new Refusal(answer);
  return answer;
}

const get = (path) => call(path);

const post = (path, body) =>
  call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

const cognito = (operation, body) =>
  call(stack.endpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify(body),
  });

const byApp = (operation, body) => cognito(operation, { ClientId: stack.clientId, ...body });

/** An element with text and children; `settings` are its properties. */
function element(tag, settings = {}, ...children) {
  const made = Object.assign(document.createElement(tag), settings);
  made.append(...children);
  return made;
}

/** The names and values of an object as a list of terms. */
const terms = (values) =>
  Object.entries(values).flatMap(([name, text]) => [
    element("dt", { textContent: name }),
    element("dd", { textContent: text }),
  ]);

// ---------------------------------------------------------------------------- what is shown

/** Show the entries. An entry that is shown already is left alone, because it may have the focus. */
function show(list, entries, build) {
  const old = new Map([...list.children].map((child) => [child.dataset.shows, child]));
  const kept = entries.map((entry, index) => {
    const shows = JSON.stringify(entry);
    const child = old.get(shows) ?? build(entry);
    old.delete(shows);
    child.dataset.shows = shows;
    if (list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
    return child;
  });
  const gone = [...list.children].filter((child) => !kept.includes(child));
  gone.forEach((child) => child.remove());
}

/** What the user pool has for an attribute of the record, where that is something else. */
function changes(attributes, record) {
  return stack.fields
    .filter(({ item, attribute }) => item && attributes[attribute])
    .filter(({ item, attribute }) => attributes[attribute] !== record[item])
    .map(({ item, attribute }) => `${item} is ${attributes[attribute]}`);
}

function userCard({ email, status, sub, attributes, record }) {
  const head = element("div", { className: "head" });
  const card = element("li", {}, head);
  const confirmed = status === "CONFIRMED";
  const badge = (kind, textContent) =>
    head.append(element("span", { className: `badge ${kind}`, textContent }));
  const say = (textContent) => card.append(element("p", { textContent }));
  head.append(element("h3", { textContent: email }));
  badge(confirmed ? "good" : status ? "wait" : "bad", status ?? "No user");
  if (confirmed && !record) badge("bad", "No record");
  const buttons = element("div", { className: "buttons" });
  const button = (textContent, act) => {
    const made = element("button", { className: "small", textContent });
    made.setAttribute("aria-label", `${textContent} ${email}`);
    made.addEventListener("click", act);
    buttons.append(made);
  };
  if (confirmed) {
    button("Sign in", () => startSignIn(email));
    button("Reset password", () => startReset(email));
  }
  if (status) {
    button("Delete", () => deleteUser(sub, email));
    head.append(buttons);
  }
  if (record) {
    const { UserID, ...rest } = record;
    card.append(element("dl", {}, ...terms({ UserID, ...rest })));
    const changed = attributes ? changes(attributes, record) : [];
    if (changed.length) say(`In the user pool, ${changed.join(", ")}.`);
    if (!status) say("On AWS, `make forget` deletes a user with the record, and `make orphans` finds a record like this one an hour later.");
  } else if (confirmed) {
    say(`UserID ${sub} is not in ${stack.tableName}.`);
  } else {
    say("A user who has not confirmed has no record.");
  }
  return card;
}

function mailCard({ to, body }) {
  const card = element("li", {}, element("div", { className: "head" }));
  const address = to.join(", ");
  card.firstChild.append(element("h3", { textContent: address }));
  card.append(element("p", { textContent: body }));
  const code = body.match(/\b\d{6}\b/)?.[0];
  if (code) {
    const button = element("button", { className: "small", textContent: "Use code" });
    button.setAttribute("aria-label", `Use code for ${address}`);
    button.addEventListener("click", () => use(to[0], code));
    card.firstChild.append(button);
  }
  return card;
}

const LEVELS = { INFO: "good", WARN: "wait", ERROR: "bad" };

function logLine({ timestamp, level, outcome, ...rest }) {
  const head = element("div", { className: "head" });
  head.append(
    element("span", { className: `badge ${LEVELS[level] ?? ""}`, textContent: outcome ?? level }),
    element("time", { textContent: timestamp }),
  );
  const code = element("code", { textContent: JSON.stringify({ level, ...rest }) });
  return element("li", {}, head, code);
}

// ---------------------------------------------------------------------------- what is done

/** Do something for a form or section, one thing at a time, and say in it how that ended. */
async function attempt(form, act) {
  if (form.ariaBusy === "true") return;
  const said = form.querySelector(".said");
  form.ariaBusy = "true";
  said.textContent = "";
  try {
    const text = await act();
    said.className = "said";
    said.textContent = text;
  } catch (error) {
    said.className = "said bad";
    said.textContent = error.message;
  } finally {
    form.ariaBusy = "false";
  }
  await refresh();
}

function onSubmit(id, act) {
  at(id).addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(at(id), () => act(event.submitter?.value));
  });
}

/** The attributes that were filled in: Cognito's names and values. */
function attributes() {
  const inputs = [...at("sign-up").querySelectorAll("[data-attribute]")];
  const filled = inputs.filter((input) => input.value.trim());
  return {
    email: value("email"),
    ...Object.fromEntries(filled.map((input) => [input.dataset.attribute, input.value.trim()])),
  };
}

async function signUp(button) {
  const email = value("email");
  const password = at("password").value;
  if (button === "create") {
    await post("/api/users", { password, attributes: attributes() });
    const ways = stack.storeAtSignIn ? "A sign-in, a password reset" : "A password reset";
    return `${email} was created. Cognito calls no function for this. ${ways} or a sweep adds the record.`;
  }
  const list = Object.entries(attributes()).map(([Name, Value]) => ({ Name, Value }));
  await byApp("SignUp", { Username: email, Password: password, UserAttributes: list });
  at("confirm-email").value = email;
  at("confirm-code").value = "";
  return `${email} has signed up, and has mail.`;
}

async function confirmSignUp() {
  const email = value("confirm-email");
  await byApp("ConfirmSignUp", { Username: email, ConfirmationCode: value("confirm-code") });
  return `${email} is confirmed.`;
}

async function resetPassword(button) {
  const email = value("reset-email");
  if (button === "send") {
    await byApp("ForgotPassword", { Username: email });
    return `Cognito mails a code if ${email} is a user's verified address.`;
  }
  await byApp("ConfirmForgotPassword", {
    Username: email,
    ConfirmationCode: value("reset-code"),
    Password: at("reset-password").value,
  });
  return `${email} has a new password.`;
}

async function signIn(button) {
  const email = value("sign-in-email");
  const { AuthenticationResult: tokens, ChallengeName: challenge } = await cognito("InitiateAuth", {
    ClientId: stack.signInClientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: email, PASSWORD: at("sign-in-password").value },
  });
  if (!tokens) throw new Error(`Cognito also asks for ${challenge}, which this page cannot answer.`);
  if (button === "sign-in") {
    return stack.storeAtSignIn
      ? `${email} has signed in. Cognito called the function, which adds a missing record if it may write.`
      : `${email} has signed in. store_at_sign_in is off, so Cognito called no function, and a missing record stays missing.`;
  }
  const [Name, Value] = [at("changed").value, value("new-value")];
  await cognito("UpdateUserAttributes", {
    AccessToken: tokens.AccessToken,
    UserAttributes: [{ Name, Value }],
  });
  const effect = stack.updateRecords
    ? "The next sweep changes the record."
    : "update_records is off, so a sweep does not change the record, either.";
  return `${email} has another ${Name} in the user pool. Cognito calls no function for this, so the record stays as it is. ${effect}`;
}

function deleteUser(sub, email) {
  at("users-title").focus(); // The button goes with the user.
  attempt(at("users-section"), async () => {
    await post("/api/delete", { sub });
    const { records } = await get("/api/state");
    const left = records[sub] ? "so the record stays" : "and there was no record";
    return `${email} is deleted. Cognito calls no function for this, ${left}.`;
  });
}

async function sweep() {
  const { counts } = await post("/api/sweep", {});
  return Object.entries(counts)
    .map(([name, number]) => `${name}: ${number}`)
    .join(", ");
}

async function allowWriting(allowed) {
  await post("/api/may-write", { allowed });
  return allowed ? "The function may write again." : "A user who confirms now gets no record.";
}

function startSignIn(email) {
  at("sign-in-email").value = email;
  at("sign-in-password").focus();
}

function startReset(email) {
  at("reset-email").value = email;
  at("reset-code").value = "";
  at("reset-code").focus();
  attempt(at("reset"), () => resetPassword("send"));
}

/** Put a mail's code into its form: a confirmed user can only be resetting the password. */
function use(email, code) {
  const confirmed = state.users.some((user) => user.email === email && user.status === "CONFIRMED");
  const form = confirmed ? "reset" : "confirm";
  at(`${form}-email`).value = email;
  at(`${form}-code`).value = code;
  at(`${form}-code`).focus();
}

// ---------------------------------------------------------------------------- keeping it live

let state = { users: [], records: {} };
let refreshes = 0;

async function refresh() {
  const number = ++refreshes;
  let next;
  try {
    next = await get("/api/state");
  } catch {
    at("connection").hidden = false;
    return;
  }
  if (number !== refreshes) return; // a newer answer was faster
  at("connection").hidden = true;
  if (next.userPoolId !== stack.userPoolId) location.reload(); // The local AWS was started again.
  announce(next);
  state = next;
  if (at("fail").ariaBusy !== "true") at("may-write").checked = state.mayWrite;
  const users = state.users.map((user) => ({ ...user, record: state.records[user.sub] }));
  const subs = new Set(users.map((user) => user.sub));
  const orphans = Object.values(state.records)
    .filter((record) => !subs.has(record.UserID))
    .map((record) => ({ email: record.Email ?? record.UserID, record }));
  show(at("users"), [...users, ...orphans], userCard);
  // Numbered, because one mail may be like another.
  const mails = state.mails.map((mail, index) => ({ ...mail, number: state.mails.length - index }));
  show(at("mails"), mails, mailCard);
  show(at("log"), state.log, logLine);
}

function announce(next) {
  const news = next.users.flatMap(({ sub, email }) => {
    const [before, now] = [state, next].map(({ records }) => JSON.stringify(records[sub]));
    if (!now || now === before) return [];
    return `The record of ${email} ${before ? "changed" : "appeared"}.`;
  });
  if (news.length) at("announcer").textContent = news.join(" ");
}

async function keepLive() {
  if (!document.hidden) await refresh();
  setTimeout(keepLive, POLL_MILLISECONDS);
}

function addFields() {
  stack.fields.forEach(({ attribute, item }, index) => {
    const id = `attribute-${index}`;
    const label = element("label", { htmlFor: id, textContent: item ?? attribute });
    if (item) label.append(" ", element("small", { textContent: attribute }));
    const input = element("input", { id, autocomplete: "off" });
    input.dataset.attribute = attribute;
    const field = element("div", { className: "field" }, label, input);
    at(item ? "fields" : "more-fields").append(field);
    if (!item) at("more").hidden = false;
    at("changed").append(element("option", { value: attribute, textContent: item ?? attribute }));
  });
}

function passwordHint(policy) {
  const kinds = {
    Uppercase: "an upper case letter",
    Lowercase: "a lower case letter",
    Numbers: "a digit",
    Symbols: "a symbol",
  };
  const required = Object.keys(kinds).filter((kind) => policy[`Require${kind}`]);
  const list = new Intl.ListFormat("en").format(required.map((kind) => kinds[kind]));
  return `At least ${policy.MinimumLength} characters${list && `, with ${list}`}.`;
}

const stack = await get("/api/stack");
const { endpoint, region, userPoolId, clientId, tableName } = stack;
at("ids").append(...terms({ endpoint, region, userPoolId, clientId, tableName }));
at("password-hint").textContent = passwordHint(stack.passwordPolicy);
addFields();
onSubmit("sign-up", signUp);
onSubmit("confirm", confirmSignUp);
onSubmit("sign-in", signIn);
onSubmit("reset", resetPassword);
onSubmit("fail", sweep);
at("may-write").addEventListener("change", ({ target }) => {
  attempt(at("fail"), () => allowWriting(target.checked));
});
document.querySelector("main").inert = false; // Until now the browser itself would have sent a form.
await keepLive();
