// An OpenAI-compatible model that does what the newest message of a user says, in a stream: `words`, `tools`, or one of the ways in which
// models and their servers misbehave. What tools answered it repeats, so that a test sees what a model reads.
import { createServer } from "node:http";

const HUGE_CHARS = 5 << 20;
const PIECE = "x".repeat(1 << 16);
const LONGEST_REPEATED = 500;
let hanging = 0;

const chunk = (delta, finish = null) => ({ id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "scripted", choices: [{ index: 0, delta, finish_reason: finish }] });
const event = (response, data) => response.write(`data: ${JSON.stringify(data)}\n\n`);

function end(response, finish) {
  event(response, chunk({}, finish));
  event(response, { ...chunk({}), choices: [], usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 } });
  response.end("data: [DONE]\n\n");
}

function say(response, text) {
  for (const word of text.split(/(?<= )/)) event(response, chunk({ content: word }));
  end(response, "stop");
}

/** Asks for tools; the arguments come in two pieces. */
function ask(response, ...calls) {
  calls.forEach(([name, text], index) => {
    event(response, chunk({ tool_calls: [{ index, id: "call_" + Math.random().toString(36).slice(2), type: "function", function: { name, arguments: "" } }] }));
    for (const piece of [text.slice(0, 5), text.slice(5)]) event(response, chunk({ tool_calls: [{ index, function: { arguments: piece } }] }));
  });
  end(response, "tool_calls");
}

/** What a tool answered, or how much of it where it is long. */
const shown = (text) => (text.length <= LONGEST_REPEATED ? text : `${text.length} characters that end in ${text.slice(-LONGEST_REPEATED)}`);

async function flood(response) {
  for (let sent = 0; sent < HUGE_CHARS && !response.destroyed; sent += PIECE.length) {
    if (!event(response, chunk({ content: PIECE }))) await new Promise((done) => { response.once("drain", done); response.once("close", done); });
  }
  end(response, "stop");
}

function answer({ messages }, response) {
  const last = messages.at(-1);
  const wish = messages.findLast((one) => one.role === "user").content;
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  if (last.role === "tool" && wish !== "loop") {
    const results = messages.slice(messages.findLastIndex((one) => one.role === "assistant") + 1);
    return say(response, "I read: " + results.map((one) => shown(one.content)).join(" | "));
  }
  switch (wish) {
    case "tools": return ask(response, ["weather", '{"city": "Paris"}'], ["weather", '{"city": "Oslo"}']);
    case "malformed": return ask(response, ["weather", '{"city": "Par']);
    case "unknown": return ask(response, ["nowhere", "{}"]);
    case "loop": return ask(response, ["weather", '{"city": "Lyon"}']);
    case "huge": return flood(response);
    case "empty": return end(response, "stop");
    case "disconnect":
      event(response, chunk({ content: "half" }));
      return setTimeout(() => response.destroy(), 20);
    case "stall":
      hanging++;
      response.on("close", () => { hanging--; });
      return event(response, chunk({ content: "half" }));
    case "hanging": return say(response, `${hanging} calls hang`);
    case "roles": return say(response, messages.map((one) => one.role).join(" "));
    default: return say(response, "It works.");
  }
}

createServer((request, response) => {
  response.on("error", () => undefined);
  let body = "";
  request.on("data", (piece) => { body += piece; });
  request.on("end", () => (request.method === "POST" ? answer(JSON.parse(body), response) : response.end("{}")));
}).listen(8080);
