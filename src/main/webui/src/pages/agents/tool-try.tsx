import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { at, call, denied, words } from "../../api/http";
import type { Tool, ToolAnswer, ToolOffer } from "../../api/types.gen";
import { curl } from "../../lib/command";
import { duration } from "../../lib/format";
import { Copy, Notice, Status, Took } from "../../ui/basic";
import { Button } from "../../ui/button";
import { Choice } from "../../ui/field";
import { pretty } from "./branch";
import { argumentsOf, objectOf } from "./tool-draft";

/** One call of a tool by hand: what a model would get, with the rights of who is signed in. */
export function TryTool({ tool }: { tool: Tool }) {
  const read = useRead<{ items: ToolOffer[]; reason?: string }>(denied() ? null : at("tools", tool.id!, "offers"));
  const offers = read.value.value?.items;
  const name = useSignal("");
  const text = useSignal<string | null>(null);
  const answer = useSignal<ToolAnswer | null>(null);
  const problem = useSignal("");
  const began = useSignal("");
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const chosen = offers?.find((one) => one.name === name.value) ?? offers?.[0];
  const args = text.value ?? argumentsOf(chosen?.input);
  const path = at("tools", tool.id!, "call");
  const body = () => ({ ...(offers && offers.length > 1 && { name: chosen!.name }), arguments: objectOf(args) });
  const send = async () => {
    const mine = (running.current = new AbortController());
    problem.value = "";
    answer.value = null;
    began.value = new Date().toISOString();
    try {
      answer.value = await call<ToolAnswer>("POST", path, body(), mine.signal);
    } catch (cause) {
      problem.value = mine.signal.aborted ? "Stopped." : words(cause);
    } finally {
      began.value = "";
    }
  };
  let command = "";
  try { command = curl(location.origin, "POST", path, body()); } catch { /* it is not complete yet */ }
  const why = denied() ?? (tool.isActive === false ? "It is off" : tool.approval === "deny" ? "It may never be called" : !chosen ? "It offers nothing now" : began.value ? "It is called" : null);
  return (
    <form class="form" id="tool-try" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <p class="muted">The call is really made, with your rights{tool.approval === "ask" ? "; who presses the button is who is asked" : ""}.</p>
      <Notice>{denied() ?? read.problem.value?.message}</Notice>
      {offers?.length === 0 && <Notice tone="warn">It offers nothing now: {read.value.value?.reason}</Notice>}
      {(offers?.length ?? 0) > 1 && <Choice label="What is called" name="offer" value={chosen!.name} options={offers!.map((one): [string, string] => [one.name, one.name])} onChange={(next) => { name.value = next; text.value = null; }} />}
      {chosen?.description && <p class="small">{chosen.description}</p>}
      <label class="field"><span>Arguments, as JSON</span><textarea name="try-arguments" class="mono" rows={Math.min(14, Math.max(3, args.split("\n").length))} spellcheck={false} value={args} onInput={(event) => { text.value = event.currentTarget.value; }} /></label>
      <div class="actions"><Button label="Call it" type="submit" kind="primary" why={why} onPress={() => undefined} />
        {began.value && <Button label="Stop" kind="danger" onPress={() => running.current?.abort()} />}
        {command && <Copy button text={command}>Copy as curl</Copy>}</div>
      <Notice>{problem.value}</Notice>
      {began.value && <p><Status of="RUNNING" /> <Took from={began.value} /></p>}
      {answer.value && <section aria-label="What came back" class="try-answer"><div class="split"><Status of={answer.value.failed ? "FAILED" : "COMPLETED"} /><b class="mono">{answer.value.name}</b><span class="muted num">{duration(answer.value.latencyMs)}</span><span class="end"><Copy text={answer.value.text}>Copy</Copy></span></div>
        <pre class="json" tabIndex={0} aria-label="Result">{pretty(answer.value.text)}</pre></section>}
    </form>
  );
}
