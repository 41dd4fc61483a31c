import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { at, call, denied, Refusal, words as say } from "../../api/http";
import type { Execution, FieldError, NewExecution as Request } from "../../api/types.gen";
import { curl } from "../../lib/command";
import { FIRST, replayOf, whyNoReplay } from "../../lib/replay";
import { go, href } from "../../lib/route";
import { Copy, Notice } from "../../ui/basic";
import { Button } from "../../ui/button";
import { Inspector } from "../../ui/inspector";
import { JsonEditor } from "../../ui/json-editor";

/** Steps that run once they are sent: as somebody writes them, or as another execution had them. */
export function NewExecution({ like }: { like?: string }) {
  const text = useSignal(like ? "" : JSON.stringify(FIRST, null, 2));
  const lost = useSignal<string[]>([]);
  const problem = useSignal("");
  const errors = useSignal<FieldError[]>([]);
  const busy = useSignal(false);
  useEffect(() => {
    if (!like) return;
    call<Execution>("GET", at("executions", like)).then((one) => {
      const why = whyNoReplay(one);
      if (why) { problem.value = why; return; }
      const read = replayOf(one);
      text.value = JSON.stringify(read.request, null, 2);
      lost.value = read.lost;
    }, (cause) => { problem.value = say(cause); });
  }, [like]);
  const submit = async () => {
    problem.value = "";
    errors.value = [];
    busy.value = true;
    try {
      const made = await call<Execution>("POST", "/api/executions", JSON.parse(text.value) as Request);
      go(href("executions", [made.id!]));
    } catch (cause) {
      problem.value = say(cause);
      errors.value = cause instanceof Refusal ? cause.errors : [];
    } finally {
      busy.value = false;
    }
  };
  let command = "";
  try { command = curl(location.origin, "POST", "/api/executions", JSON.parse(text.value)); } catch { /* it is not complete yet */ }
  return (
    <Inspector title={like ? "Edit and run again" : "Run steps"}>
      {like
        ? <p class="muted">A new execution, with what <a href={href("executions", [like])}>{like}</a> was asked for. Steps that were pinned to a node are not pinned any more: <code>nodeId</code> does that.</p>
        : <p class="muted">A step is one command that one worker carries out; <code>dependsOn</code> has the indices of those that come before it. What each command needs stands under <a href="/api-docs">API</a>.</p>}
      {lost.value.map((one) => <Notice key={one} tone="warn">{one}</Notice>)}
      <form class="form" id="execution-form" onSubmit={(event) => { event.preventDefault(); void submit(); }}>
        {text.value && <JsonEditor label="The request, as JSON" shape="NewExecution" value={text.value} errors={errors.value} onChange={(now) => { text.value = now; }} />}
        <Notice>{problem.value}</Notice>
        <div class="actions">
          <Button label="Run" type="submit" kind="primary" why={denied() ?? (busy.value ? "In progress" : text.value ? null : "There is nothing to run")} onPress={() => undefined} />
          {command && <Copy button text={command}>Copy as curl</Copy>}
        </div>
      </form>
    </Inspector>
  );
}
