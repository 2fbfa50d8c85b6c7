// The page of `make local`. It signs users up as any app does, by calls to Cognito at the local AWS;
// what an app cannot see or do (the table, the log, the buttons that break things) it asks its own
// server for. Whatever comes from a user is shown by textContent, so that markup stays text.

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
    body: JSON.stringify({ ClientId: stack.clientId, ...body }),
  });

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

/** Show the entries, and leave alone what shows the same already: it may have the focus. */
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

function userCard({ email, status, sub, record }) {
  const card = element("li", {}, element("div", { className: "head" }));
  const confirmed = status === "CONFIRMED";
  card.firstChild.append(
    element("h3", { textContent: email }),
    element("span", { className: `badge ${confirmed ? "good" : "wait"}`, textContent: status }),
  );
  if (confirmed) {
    const button = element("button", { className: "small", textContent: "Reset password" });
    button.setAttribute("aria-label", `Reset password of ${email}`);
    button.addEventListener("click", () => startReset(email));
    card.firstChild.append(button);
  }
  if (record) {
    const { UserID, ...rest } = record;
    card.append(element("dl", {}, ...terms({ UserID, ...rest })));
  } else if (confirmed) {
    const badge = element("span", { className: "badge bad", textContent: "No record" });
    card.firstChild.children[1].after(badge);
    card.append(element("p", { textContent: `UserID ${sub} is not in ${stack.tableName}.` }));
  } else {
    card.append(element("p", { textContent: "No record before the user has confirmed." }));
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

/** Do something for a form, one thing at a time, and say in it how that ended. */
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
    return `${email} was created. Cognito calls no function for this: a reset or a sweep makes the record.`;
  }
  const list = Object.entries(attributes()).map(([Name, Value]) => ({ Name, Value }));
  await cognito("SignUp", { Username: email, Password: password, UserAttributes: list });
  at("confirm-email").value = email;
  at("confirm-code").value = "";
  return `${email} has signed up, and has mail.`;
}

async function confirmSignUp() {
  const email = value("confirm-email");
  await cognito("ConfirmSignUp", { Username: email, ConfirmationCode: value("confirm-code") });
  return `${email} is confirmed.`;
}

async function resetPassword(button) {
  const email = value("reset-email");
  if (button === "send") {
    await cognito("ForgotPassword", { Username: email });
    return `${email} has mail.`;
  }
  await cognito("ConfirmForgotPassword", {
    Username: email,
    ConfirmationCode: value("reset-code"),
    Password: at("reset-password").value,
  });
  return `${email} has a new password.`;
}

async function sweep() {
  const { counts } = await post("/api/sweep", {});
  return Object.entries(counts)
    .map(([name, number]) => `${name}: ${number}`)
    .join(", ");
}

async function allowWriting(allowed) {
  await post("/api/may-write", { allowed });
  return allowed ? "The function may write again." : "Whoever confirms now has no record.";
}

function startReset(email) {
  at("reset-email").value = email;
  at("reset-code").value = "";
  at("reset-code").focus();
  attempt(at("reset"), () => resetPassword("send"));
}

/** Put a mail's code where it belongs: a user who is confirmed can only be resetting. */
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
  if (number !== refreshes) return; // overtaken by what is newer
  at("connection").hidden = true;
  if (next.userPoolId !== stack.userPoolId) location.reload(); // it was started anew
  const isNew = (user) => next.records[user.sub] && !state.records[user.sub];
  const stored = next.users.filter(isNew).map((user) => user.email);
  if (stored.length) at("announcer").textContent = `A record appeared for ${stored.join(", ")}.`;
  state = next;
  if (at("fail").ariaBusy !== "true") at("may-write").checked = state.mayWrite;
  const users = state.users.map((user) => ({ ...user, record: state.records[user.sub] }));
  show(at("users"), users, userCard);
  // Numbered, as one mail may be like another.
  const mails = state.mails.map((mail, index) => ({ ...mail, number: state.mails.length - index }));
  show(at("mails"), mails, mailCard);
  show(at("log"), state.log, logLine);
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
onSubmit("reset", resetPassword);
onSubmit("fail", sweep);
at("may-write").addEventListener("change", ({ target }) => {
  attempt(at("fail"), () => allowWriting(target.checked));
});
document.querySelector("main").inert = false; // Before, a form would be sent by the browser itself.
await keepLive();
