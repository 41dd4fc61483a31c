/** The request of a job, as fields or as JSON: for a job, for one once more, and for one of a schedule. */
import { type Signal, useSignal } from "@preact/signals";
import { words as say } from "../../api/http";
import type { FieldError, NewJob } from "../../api/types.gen";
import { Notice } from "../../ui/basic";
import { Choice, Field } from "../../ui/field";
import { JsonEditor } from "../../ui/json-editor";
import { type Draft, draftOf, EMPTY, PRIORITIES, requestOf, type Rest } from "./request";

export interface JobRequestForm {
  draft: Signal<Draft>;
  rest: Signal<Rest>;
  /** The text of the JSON; null: the fields are shown. */
  json: Signal<string | null>;
  body: () => NewJob;
  fill: (request: Record<string, unknown>) => void;
}

export function useJobForm(): JobRequestForm {
  const draft = useSignal<Draft>(EMPTY);
  const rest = useSignal<Rest>({});
  const json = useSignal<string | null>(null);
  return {
    draft, rest, json,
    body: () => (json.value === null ? requestOf(draft.value, rest.value) : JSON.parse(json.value) as NewJob),
    fill: (request) => {
      const read = draftOf(request);
      draft.value = read.draft;
      rest.value = read.rest;
      json.value = null;
    },
  };
}


interface JobRequestProps {
  form: JobRequestForm;
  /** Fields that stand elsewhere. */
  omit?: (keyof Draft)[];
  /** What the API has said of the request. */
  errors?: FieldError[];
  onEdit?: () => void;
}

const NONE: FieldError[] = [];

export function JobRequestFields({ form, omit = [], errors = NONE, onEdit }: JobRequestProps) {
  const problem = useSignal("");
  const change = (run: () => void) => {
    problem.value = "";
    try {
      run();
    } catch (cause) {
      problem.value = say(cause);
    }
  };
  return (
    <>
      <div class="switch" role="group" aria-label="How to write it">
        <button type="button" class="chip" aria-pressed={form.json.value === null} onClick={() => change(() => { if (form.json.value !== null) form.fill(JSON.parse(form.json.value)); })}>Fields</button>
        <button type="button" class="chip" aria-pressed={form.json.value !== null} onClick={() => change(() => { form.json.value ??= JSON.stringify(form.body(), null, 2); })}>JSON</button>
      </div>
      <Notice>{problem.value}</Notice>
      {form.json.value !== null
        ? <JsonEditor label="All of it, as JSON" shape="NewJob" value={form.json.value} errors={errors} onChange={(text) => { form.json.value = text; onEdit?.(); }} />
        : <Fields draft={form.draft.value} omit={omit} set={(next) => { form.draft.value = { ...form.draft.value, ...next }; }} />}
      {form.json.value === null && Object.keys(form.rest.value).length > 0 && <p class="muted">Also kept, and shown as JSON: {Object.keys(form.rest.value).join(", ")}.</p>}
    </>
  );
}

function Fields({ draft, set, omit }: { draft: Draft; set: (change: Partial<Draft>) => void; omit: (keyof Draft)[] }) {
  const field = (name: keyof Draft, label: string, more: object = {}) => !omit.includes(name) && <Field name={name} label={label} value={draft[name]} onInput={(event) => set({ [name]: event.currentTarget.value })} {...more} />;
  const priorities = PRIORITIES.includes(draft.priority) ? PRIORITIES : [draft.priority, ...PRIORITIES];
  return (
    <>
      {field("name", "Name")}
      {field("image", "Image, with tag")}
      <label class="field"><span>Command, as for a shell; or words as a JSON array</span><textarea name="command" class="mono" rows={3} spellcheck={false} value={draft.command} onInput={(event) => set({ command: event.currentTarget.value })} /></label>
      <div class="side-by-side">
        {field("cpu", "Cores", { inputMode: "decimal" })}
        {field("memory", "Memory, such as 2GiB")}
        {field("gpus", "GPUs", { inputMode: "numeric" })}
        {field("maxRetries", "Retries", { inputMode: "numeric" })}
        {field("count", "Tasks, for an array", { inputMode: "numeric" })}
        {field("timeout", "Time limit, minutes", { inputMode: "decimal" })}
      </div>
      <Choice label="Priority" name="priority" value={draft.priority} options={priorities.map((one) => [one, one])} onChange={(priority) => set({ priority })} />
      <label class="field"><span>Environment, NAME=value a line</span><textarea name="env" class="mono" rows={2} spellcheck={false} value={draft.env} onInput={(event) => set({ env: event.currentTarget.value })} /></label>
    </>
  );
}
