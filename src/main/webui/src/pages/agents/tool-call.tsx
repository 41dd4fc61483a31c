import { useSignal } from "@preact/signals";
import { at, call as ask } from "../../api/http";
import { took } from "../../lib/format";
import { href } from "../../lib/route";
import { Copy, Notice, Status, Time, Took } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { type Call, named, pretty, stepOf, textOf } from "./branch";

/** How far a call is: as a status that there is a glyph for, and in a word. */
function stateOf(call: Call, running: boolean): [string, string] {
  if (call.result) return call.approval?.state === "DENIED" || call.approval?.state === "EXPIRED" ? ["CANCELLED", call.approval.state === "DENIED" ? "Denied" : "Nobody decided"] : call.result.failed ? ["FAILED", "Failed"] : ["COMPLETED", "Done"];
  if (call.approval?.state === "PENDING") return ["BLOCKED", "Needs your approval"];
  return running ? ["RUNNING", "Running"] : ["CANCELLED", "Not made"];
}

interface CallProps { call: Call; askedAt?: string; beganAt?: number; running: boolean; again: () => unknown }

/** A call of a tool: what was asked, what came back, how long it took, and where it is seen in the executions. */
export function ToolCall({ call, askedAt, beganAt, running, again }: CallProps) {
  const [status, word] = stateOf(call, running);
  const waits = call.approval?.state === "PENDING" && !call.result;
  const open = useSignal(false);
  const from = beganAt ? new Date(beganAt).toISOString() : call.approval?.decidedAt ?? askedAt;
  const result = call.result && textOf(call.result);
  const step = stepOf(call.result?.id ?? "");
  const args = call.approval?.changedArguments ?? call.arguments;
  return (
    <li class={"tool-call" + (waits ? " waits" : "")}>
      <div class="split">
        <Status of={status} word={word} /><b class="mono">{call.name}</b>
        <span class="muted num">{call.result ? took(from, call.result.createdAt, 0) : running && !waits ? <Took from={from} /> : ""}</span>
        <span class="end">
          {call.result?.executionId && step >= 0 && <a href={href("executions", [call.result.executionId], { view: "list", step: String(step) })}>Execution</a>}
          {result && named(result).map((one) => <a key={one.id} href={href(one.page, [one.id])}>{one.page.slice(0, -1)}</a>)}
        </span>
      </div>
      <button type="button" class="more-of" aria-expanded={open.value || waits} onClick={() => { open.value = !open.value; }}>
        <span aria-hidden="true">{open.value || waits ? "▾" : "▸"}</span> <span class="text mono">{args.replace(/\s+/g, " ") || "{}"}</span>
      </button>
      {(open.value || waits) && <>
        {call.approval?.changedArguments && <p class="muted small">Changed by {call.approval.decidedBy}. The model asked for <code>{call.arguments}</code></p>}
        <pre class="json" tabIndex={0} aria-label={"Arguments of " + call.name}>{pretty(args) || "{}"}</pre>
        {result !== undefined && <><div class="split"><b class="small">Result</b><span class="end"><Copy text={result}>Copy</Copy></span></div><pre class="json" tabIndex={0} aria-label={"Result of " + call.name}>{pretty(result)}</pre></>}
      </>}
      {waits && <Decide call={call} again={again} />}
      {call.approval?.reason && call.result && <p class="why">{call.approval.decidedBy}: {call.approval.reason}</p>}
    </li>
  );
}

/** A call that waits: as it is, with other arguments, or not at all. */
function Decide({ call, again }: { call: Call; again: () => unknown }) {
  const approval = call.approval!;
  const way = useSignal<"" | "change" | "deny">("");
  const text = useSignal("");
  const { act, problem, busy } = useAct(again);
  const post = (what: string, verb: string, body?: unknown) => act(what, () => ask("POST", at("approvals", approval.id!, verb), body));
  const why = busy.value ? "In progress: " + busy.value : null;
  const changed = () => act("Approve", async () => { await ask("POST", at("approvals", approval.id!, "approve"), { arguments: parsed(text.value) }); });
  return (
    <div class="decide" role="group" aria-label={`May ${call.name} be called?`}>
      {approval.why === "repeat" && <p class="why">An earlier call may have been made, and nobody knows: the controller was lost while it ran.</p>}
      <p class="muted small expiry">If nobody decides, it is {approval.onExpiry === "approve" ? "called" : "denied"} <Time at={approval.expiresAt} /></p>
      {way.value === "change" && <label class="field"><span>Arguments, as JSON</span><textarea name="arguments" class="mono" rows={5} spellcheck={false} value={text.value} onInput={(event) => { text.value = event.currentTarget.value; }} /></label>}
      {way.value === "deny" && <label class="field"><span>Reason, which the model is told</span><input name="reason" maxLength={1000} autocomplete="off" value={text.value} onInput={(event) => { text.value = event.currentTarget.value; }} /></label>}
      <Notice>{problem.value}</Notice>
      <div class="actions">
        {way.value === "" && <>
          <Button label="Approve" kind="primary" why={why} onPress={() => post("Approve", "approve")} />
          <Button label="Change and approve" why={why} onPress={() => { way.value = "change"; text.value = pretty(call.arguments) || "{}"; }} />
          <Button label="Deny" kind="danger" why={why} onPress={() => { way.value = "deny"; text.value = ""; }} />
        </>}
        {way.value === "change" && <Button label="Approve with these" kind="primary" why={why} onPress={changed} />}
        {way.value === "deny" && <Button label="Deny the call" kind="danger" why={why} onPress={() => post("Deny", "deny", text.value.trim() ? { reason: text.value.trim() } : undefined)} />}
        {way.value !== "" && <Button label="Back" onPress={() => { way.value = ""; }} />}
      </div>
    </div>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("The arguments are no JSON");
  }
}
