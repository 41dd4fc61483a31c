import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { at, call, denied, Refusal, words as say } from "../../api/http";
import type { FieldError, Job, JobExplanation, NewJob as Request } from "../../api/types.gen";
import { curl } from "../../lib/command";
import { plural } from "../../lib/format";
import { go, href } from "../../lib/route";
import { Copy, Notice } from "../../ui/basic";
import { Button } from "../../ui/button";
import { Choice, Field } from "../../ui/field";
import { JsonEditor } from "../../ui/json-editor";
import { Inspector } from "../../ui/inspector";
import { variables } from "../deployments/request";
import type { JobRow } from "./jobs";

interface Draft { name: string; image: string; command: string; env: string; cpu: string; memory: string; gpus: string; priority: string; maxRetries: string; count: string; timeout: string }
const EMPTY: Draft = { name: "", image: "", command: "", env: "", cpu: "", memory: "", gpus: "", priority: "normal", maxRetries: "0", count: "", timeout: "" };
interface Plan { nodes?: { nodeId?: string; count?: number; gpus?: number[] }[]; unplaced?: number; shortOf?: JobExplanation }

const number = (text: string, what: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Error(`${what}: "${text}" is not a number`);
  return value;
};

/** What the form says, as the API takes it. */
export function requestOf(draft: Draft): Request {
  const needs: Record<string, unknown> = {};
  if (draft.cpu.trim()) needs.cpu = number(draft.cpu, "Cores");
  if (draft.memory.trim()) needs.memoryBytes = draft.memory.trim();
  if (draft.gpus.trim() && draft.gpus.trim() !== "0") needs.gpus = { count: number(draft.gpus, "GPUs") };
  const request: Record<string, unknown> = {};
  if (draft.name.trim()) request.name = draft.name.trim();
  if (draft.image.trim()) request.image = draft.image.trim();
  if (draft.command.trim()) request.command = draft.command;
  if (draft.env.trim()) request.env = variables(draft.env);
  if (Object.keys(needs).length > 0) request.requirements = needs;
  if (draft.priority !== "normal") request.priority = draft.priority;
  if (number(draft.maxRetries || "0", "Retries") > 0) request.maxRetries = number(draft.maxRetries, "Retries");
  if (draft.count.trim()) request.count = number(draft.count, "Tasks");
  if (draft.timeout.trim()) request.timeoutMs = Math.round(number(draft.timeout, "Minutes") * 60_000);
  return request as Request;
}

const KEPT = ["name", "image", "command", "entrypoint", "env", "secretEnv", "workDir", "network", "user", "requirements", "priority", "preemptible", "timeoutMs", "maxRetries", "outputs", "graceMs"];

export function NewJob({ like, onDone }: { like?: string; onDone: (job: JobRow) => void }) {
  const draft = useSignal<Draft>(EMPTY);
  const json = useSignal<string | null>(null);
  const plan = useSignal<Plan | null>(null);
  const problem = useSignal("");
  const errors = useSignal<FieldError[]>([]);
  const busy = useSignal(false);
  useEffect(() => {
    if (!like) return;
    call<Record<string, unknown>>("GET", at("jobs", like)).then((job) => {
      const array = job.array as { count?: number } | undefined;
      json.value = JSON.stringify({ ...Object.fromEntries(KEPT.filter((key) => job[key] !== undefined).map((key) => [key, job[key]])), ...(array?.count && { count: array.count }) }, null, 2);
    }, (cause) => { problem.value = say(cause); });
  }, [like]);
  const body = (): Request => (json.value === null ? requestOf(draft.value) : JSON.parse(json.value) as Request);
  const attempt = async (run: (request: Request) => Promise<void>) => {
    problem.value = "";
    errors.value = [];
    busy.value = true;
    try {
      await run(body());
    } catch (cause) {
      problem.value = say(cause);
      errors.value = cause instanceof Refusal ? cause.errors : [];
    } finally {
      busy.value = false;
    }
  };
  const submit = () => attempt(async (request) => {
    const made = await call<Job>("POST", "/api/jobs", request) as JobRow;
    onDone(made);
    go(href("jobs", [made.id]));
  });
  const look = () => attempt(async (request) => { plan.value = await call<Plan>("POST", "/api/jobs/plan", request); });
  let command = "";
  try { command = curl(location.origin, "POST", "/api/jobs", body()); } catch { /* it is not complete yet */ }
  return (
    <Inspector title={like ? "A job like another" : "Submit a job"}>
      <form class="form" id="job-form" onSubmit={(event) => { event.preventDefault(); void submit(); }} onInput={() => { plan.value = null; }}>
        <div class="switch" role="group" aria-label="How to write it">
          <button type="button" class="chip" aria-pressed={json.value === null} onClick={() => { json.value = null; }}>Fields</button>
          <button type="button" class="chip" aria-pressed={json.value !== null} onClick={() => { try { json.value ??= JSON.stringify(requestOf(draft.value), null, 2); } catch (cause) { problem.value = say(cause); } }}>JSON</button>
        </div>
        {json.value !== null
          ? <JsonEditor label="All of it, as JSON" shape="NewJob" value={json.value} errors={errors.value} onChange={(text) => { json.value = text; plan.value = null; }} />
          : <Fields draft={draft.value} set={(change) => { draft.value = { ...draft.value, ...change }; }} />}
        <Notice>{problem.value}</Notice>
        {plan.value && <section class="plan" aria-label="Where it would go"><h3>Where it would go now</h3><ul>
          {plan.value.nodes?.map((one) => <li key={one.nodeId}>{plural(one.count ?? 1, "task")} on {one.nodeId}{one.gpus?.length ? " GPU " + one.gpus.join(", ") : ""}</li>)}
          {(plan.value.unplaced ?? 0) > 0 && <li class="warn">{plan.value.unplaced} would wait: {plan.value.shortOf?.message}</li>}</ul></section>}
        <div class="actions">
          <Button label="Submit" type="submit" kind="primary" why={denied() ?? (busy.value ? "Under way" : null)} onPress={() => undefined} />
          <Button label="Where would it go?" onPress={look} />
          {command && <Copy text={command}>Copy as curl</Copy>}
        </div>
      </form>
    </Inspector>
  );
}

function Fields({ draft, set }: { draft: Draft; set: (change: Partial<Draft>) => void }) {
  const field = (name: keyof Draft, label: string, more: object = {}) => <Field name={name} label={label} value={draft[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} {...more} />;
  return (
    <>
      {field("name", "Name")}
      {field("image", "Image, with tag")}
      <label class="field"><span>Command, as for a shell</span><textarea name="command" class="mono" rows={3} spellcheck={false} value={draft.command} onInput={(event) => set({ command: event.currentTarget.value })} /></label>
      <div class="side-by-side">
        {field("cpu", "Cores", { inputMode: "decimal" })}
        {field("memory", "Memory, as 2GiB")}
        {field("gpus", "GPUs", { inputMode: "numeric" })}
        {field("maxRetries", "Retries", { inputMode: "numeric" })}
        {field("count", "Tasks, for an array", { inputMode: "numeric" })}
        {field("timeout", "Minutes at most", { inputMode: "decimal" })}
      </div>
      <Choice label="Priority" name="priority" value={draft.priority} options={[["low", "low"], ["normal", "normal"], ["high", "high"], ["critical", "critical"]]} onChange={(priority) => set({ priority })} />
      <label class="field"><span>Environment, NAME=value a line</span><textarea name="env" class="mono" rows={2} spellcheck={false} value={draft.env} onInput={(event) => set({ env: event.currentTarget.value })} /></label>
    </>
  );
}
