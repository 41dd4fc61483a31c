// Calls the REST API; a refusal becomes a Refusal with the problem document's words.

export class Refusal extends Error {
  constructor(problem, status) {
    super(problem.detail ?? problem.title ?? "HTTP " + status);
    this.status = status;
    this.errors = problem.errors ?? [];
  }
}

let token = sessionStorage.getItem("aiwm.token");
let onSignedOut = () => {};

export const signedIn = () => token !== null;
export const whenSignedOut = (callback) => { onSignedOut = callback; };

export function signOut() {
  token = null;
  sessionStorage.removeItem("aiwm.token");
  onSignedOut();
}

export async function signIn(username, password) {
  const answer = await call("POST", "/api/auth/login", { username, password });
  token = answer.accessToken;
  sessionStorage.setItem("aiwm.token", token);
}

async function send(method, path, body, signal) {
  const headers = {};
  if (token) headers.Authorization = "Bearer " + token;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, {
    method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.ok) return answer;
  let problem = {};
  try {
    problem = await answer.json();
  } catch {
    // a proxy's error page: the status has to do
  }
  if (answer.status === 401 && token) signOut();
  throw new Refusal(problem, answer.status);
}

export async function call(method, path, body) {
  const answer = await send(method, path, body);
  return answer.status === 204 ? null : answer.json();
}

/** Reads a text that goes on, piece by piece, until it ends or the signal aborts. */
export async function follow(path, signal, onText) {
  const answer = await send("GET", path, undefined, signal);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onText(value);
  }
}
