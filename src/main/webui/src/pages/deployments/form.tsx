import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { deployments, nodes } from "../../api/fleet";
import { useRead } from "../../api/hooks";
import { at, call, denied, Refusal, words as say } from "../../api/http";
import type { Deployment, DeploymentPlan, DeploymentRequest, FieldError, Model } from "../../api/types.gen";
import { curl } from "../../lib/command";
import { bytes, plural } from "../../lib/format";
import { href, onward } from "../../lib/route";
import { Copy, Notice } from "../../ui/basic";
import { Button } from "../../ui/button";
import { Choice, Field } from "../../ui/field";
import { JsonEditor } from "../../ui/json-editor";
import { Inspector } from "../../ui/inspector";
import { Diff } from "./history";
import { type Draft, draftFor, EMPTY, requestFrom, requestOf } from "./request";

/** What a plan says, in words: nothing has been done yet. */
function Plan({ plan, fresh }: { plan: DeploymentPlan; fresh: boolean }) {
  const placed = (plan.placement ?? []).map((one) => `${plural(one.count ?? 0, "replica")} on ${one.nodeId}${one.gpus?.length ? " GPU " + one.gpus.join(", ") : ""}`);
  const memory = plan.estimate?.gpuMemoryBytes?.length ? `${bytes(plan.estimate.gpuMemoryBytes[0])} on each of ${plural(plan.estimate.gpuMemoryBytes.length, "GPU")}` : plan.estimate?.memoryBytes ? bytes(plan.estimate.memoryBytes) + " of memory" : "";
  return (
    <section class="plan" aria-label="What would be done">
      <h3>What would be done</h3>
      <ul>
        {!fresh && <li>{plan.changesContainers ? `${plural(plan.replaced ?? 0, "container")} would be replaced, by a rolling update` : "no container would be replaced"}</li>}
        {plan.replicas !== plan.replicasBefore && !fresh && <li>{plan.replicasBefore ?? 0} → {plural(plan.replicas ?? 0, "replica")}</li>}
        {memory && <li>each needs about {memory}</li>}
        {placed.map((text) => <li key={text}>{text}</li>)}
        {(plan.unplaced ?? 0) > 0 && <li class="warn">{plural(plan.unplaced!, "replica")} would wait: {plan.unplacedReason}</li>}
      </ul>
      {!fresh && <Diff changes={plan.diff ?? []} />}
    </section>
  );
}

interface EditorProps { first: () => DeploymentRequest; fields?: Draft; id?: string; onDone: (made: Deployment) => void }

/** Fields for the usual, JSON for all of it; a plan before anything is done. */
function Editor({ first, fields, id, onDone }: EditorProps) {
  const draft = useSignal<Draft>(fields ?? EMPTY);
  const asJson = useSignal(!fields);
  const json = useSignal(fields ? "" : JSON.stringify(first(), null, 2));
  const plan = useSignal<DeploymentPlan | null>(null);
  const problem = useSignal("");
  const errors = useSignal<FieldError[]>([]);
  const busy = useSignal(false);
  const request = (): DeploymentRequest => {
    if (!asJson.value) return requestOf(draft.value);
    try {
      return JSON.parse(json.value) as DeploymentRequest;
    } catch (cause) {
      throw new Error("This is no JSON: " + say(cause));
    }
  };
  const attempt = async (run: (body: DeploymentRequest) => Promise<void>) => {
    problem.value = "";
    errors.value = [];
    busy.value = true;
    try {
      await run(request());
    } catch (cause) {
      problem.value = say(cause);
      errors.value = cause instanceof Refusal ? cause.errors : [];
    } finally {
      busy.value = false;
    }
  };
  const look = () => attempt(async (body) => { plan.value = await call<DeploymentPlan>("POST", "/api/deployments/plan" + (id ? "?id=" + encodeURIComponent(id) : ""), body); });
  const apply = () => attempt(async (body) => {
    const made = await call<Deployment>(id ? "PUT" : "POST", id ? at("deployments", id) : "/api/deployments", body);
    deployments.take([made]);
    onDone(made);
  });
  const changed = () => { plan.value = null; };
  let command = "";
  try { command = curl(location.origin, id ? "PUT" : "POST", id ? at("deployments", id) : "/api/deployments", request()); } catch { /* it is not complete yet */ }
  return (
    <form class="form" id="deployment-form" onSubmit={(event) => { event.preventDefault(); void (plan.value || !id ? apply() : look()); }} onInput={changed}>
      {fields && <div class="switch" role="group" aria-label="How to write it">
        <button type="button" class="chip" aria-pressed={!asJson.value} onClick={() => { asJson.value = false; }}>Fields</button>
        <button type="button" class="chip" aria-pressed={asJson.value} onClick={() => {
          try { json.value = JSON.stringify(requestOf(draft.value), null, 2); asJson.value = true; problem.value = ""; } catch (cause) { problem.value = say(cause); }
        }}>JSON</button>
      </div>}
      {asJson.value
        ? <JsonEditor label="All of it, as JSON" shape="DeploymentRequest" value={json.value} errors={errors.value} onChange={(text) => { json.value = text; changed(); }} />
        : <Fields draft={draft.value} set={(change) => { draft.value = { ...draft.value, ...change }; changed(); }} />}
      <Notice>{problem.value}</Notice>
      {plan.value && <Plan plan={plan.value} fresh={!id} />}
      <div class="actions">
        <Button label={id ? "Apply the change" : "Deploy"} type="submit" kind="primary" why={denied() ?? (busy.value ? "In progress" : id && !plan.value ? "First look at what would be done" : null)} onPress={() => undefined} />
        <Button label="Show what would be done" why={denied()} onPress={look} />
        {command && <Copy button text={command}>Copy as curl</Copy>}
      </div>
    </form>
  );
}

const ENGINES: [string, string][] = [["", "none: the image is all"], ["llamacpp", "llama.cpp"], ["vllm", "vLLM"], ["tgi", "TGI"], ["ollama", "Ollama"]];

function Fields({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const field = (name: keyof Draft, label: string, more: object = {}) => (
    <Field name={name} label={label} value={draft[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} {...more} />
  );
  return (
    <>
      {field("name", "Name", { required: true, maxLength: 63 })}
      <Choice label="Engine for a model" name="engine" value={draft.engine} options={ENGINES} onChange={(engine) => set({ engine })} />
      {draft.engine
        ? <><Models />{field("model", "Model, with :version if not the newest", { required: true, list: "model-names" })}{field("image", "Image, if not the engine's usual one")}</>
        : field("image", "Image, with tag", { required: true })}
      <div class="side-by-side">
        {field("replicas", "Replicas", { inputMode: "numeric" })}
        {field("gpus", "GPUs each", { inputMode: "numeric" })}
        {field("cpu", "Cores each", { inputMode: "decimal" })}
        {field("memory", "Memory each, such as 8GiB")}
      </div>
      {field("ports", "Ports: 8080, or 80:8080 for a port of the host")}
      {!draft.engine && field("command", "Command, if not the image's own")}
      <label class="field"><span>Environment, NAME=value a line</span><textarea name="env" class="mono" rows={2} spellcheck={false} value={draft.env} onInput={(event) => set({ env: event.currentTarget.value })} /></label>
      <label class="field"><span>Node, if it must run there</span>
        <input name="nodeId" list="node-ids" value={draft.nodeId} autocomplete="off" onInput={(event) => set({ nodeId: event.currentTarget.value })} />
        <datalist id="node-ids">{nodes.items.value.slice(0, 500).map((node) => <option key={node.id} value={node.id} />)}</datalist>
      </label>
    </>
  );
}

/** Those that are kept here, to choose from. */
function Models() {
  const found = useRead<{ items?: Model[] }>("/api/models?pageSize=500").value.value?.items ?? [];
  return <datalist id="model-names">{found.map((model) => <option key={model.id} value={model.name} />)}</datalist>;
}

export function NewDeployment({ like, of, engine }: { like?: string; of?: string; engine?: string }) {
  const go = onward();
  const model = useSignal<DeploymentRequest | null>(null);
  useEffect(() => {
    const one = deployments.items.value.find((other) => other.id === like);
    if (one) model.value = { ...requestFrom(one), name: (one.name + "-2").slice(0, 63) };
  }, [like, deployments.loaded.value]);
  if (like && !model.value) return <Inspector title="New deployment"><p class="muted">Reading what it is to be like…</p></Inspector>;
  return (
    <Inspector title="New deployment">
      <Editor first={() => model.value!} fields={like ? undefined : of ? draftFor(of, engine) : EMPTY} onDone={(made) => go(href("deployments", [made.id]))} />
    </Inspector>
  );
}

export function Change({ one }: { one: Deployment }) {
  const go = onward();
  return (
    <>
      <p class="muted">Secrets are shown as ***, and stay what they are where *** is sent back.</p>
      <Editor first={() => requestFrom(one)} id={one.id} onDone={() => go(href("deployments", [one.id]))} />
    </>
  );
}
