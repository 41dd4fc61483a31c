import { useSignal } from "@preact/signals";
import { call, denied } from "../../api/http";
import { href } from "../../lib/route";
import { Notice } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { Field } from "../../ui/field";
import { Inspector } from "../../ui/inspector";

/** From a hub or from a URL, by the controller: the page may be closed meanwhile. */
export function Fetch() {
  const from = useSignal("");
  const include = useSignal("");
  const name = useSignal("");
  const alias = useSignal("");
  const { act, problem, busy } = useAct();
  const fetchIt = () => act("Fetch", async (go) => {
    const where = from.value.trim();
    const made = await call<{ modelId: string }>("POST", "/api/models/download", {
      ...(/^https?:/.test(where) ? { urls: [{ url: where }] } : { repo: where }), ...(include.value.trim() && { include: include.value.trim().split(/[\s,]+/) }), ...(name.value.trim() && { name: name.value.trim() }), ...(alias.value.trim() && { alias: alias.value.trim() }),
    });
    go(href("models", [made.modelId]));
  });
  return (
    <Inspector title="Fetch a model">
      <form class="form" onSubmit={(event) => { event.preventDefault(); void fetchIt(); }}>
        <Field label="Repository of the hub, or a URL" name="from" required help="Qwen/Qwen2.5-0.5B-Instruct-GGUF, or https://…/model.gguf" value={from.value} onInput={(event) => { from.value = event.currentTarget.value; }} />
        <Field label="Only files that fit" name="include" help="*q4_k_m.gguf; several with a space between them" value={include.value} onInput={(event) => { include.value = event.currentTarget.value; }} />
        <Field label="Name of the model, if not the repository's" name="name" value={name.value} onInput={(event) => { name.value = event.currentTarget.value; }} />
        <Field label="Alias for it when it is ready" name="alias" value={alias.value} onInput={(event) => { alias.value = event.currentTarget.value; }} />
        <Notice>{problem.value}</Notice>
        <div class="actions"><Button label="Fetch" type="submit" kind="primary" why={denied() ?? (busy.value || null)} onPress={() => undefined} /></div>
      </form>
    </Inspector>
  );
}
