import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { at, call, denied, Refusal, words as say } from "../../api/http";
import type { FieldError, Job, JobExplanation, NewJob as Request } from "../../api/types.gen";
import { curl } from "../../lib/command";
import { plural } from "../../lib/format";
import { href, onward } from "../../lib/route";
import { Copy, Notice } from "../../ui/basic";
import { Button } from "../../ui/button";
import { Inspector } from "../../ui/inspector";
import { JobRequestFields, useJobForm } from "./job-form";
import type { JobRow } from "./job";
import { requestFrom } from "./request";

interface Plan { nodes?: { nodeId?: string; count?: number; gpus?: number[] }[]; unplaced?: number; shortOf?: JobExplanation }

export function NewJob({ like, onDone }: { like?: string; onDone: (job: JobRow) => void }) {
  const go = onward();
  const form = useJobForm();
  const lost = useSignal<string[]>([]);
  const plan = useSignal<Plan | null>(null);
  const problem = useSignal("");
  const errors = useSignal<FieldError[]>([]);
  const busy = useSignal(false);
  useEffect(() => {
    if (!like) return;
    call<Record<string, unknown>>("GET", at("jobs", like)).then((job) => {
      const read = requestFrom(job);
      form.fill(read.request);
      lost.value = read.lost;
    }, (cause) => { problem.value = say(cause); });
  }, [like]);
  const attempt = async (run: (request: Request) => Promise<void>) => {
    problem.value = "";
    errors.value = [];
    busy.value = true;
    try {
      await run(form.body());
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
  try { command = curl(location.origin, "POST", "/api/jobs", form.body()); } catch { /* it is not complete yet */ }
  return (
    <Inspector title={like ? "Edit and run again" : "Submit a job"}>
      {like && <p class="muted">A new job, with what <a href={href("jobs", [like])}>{like}</a> was asked for.</p>}
      {lost.value.map((text) => <Notice key={text} tone="warn">{text}</Notice>)}
      <form class="form" id="job-form" onSubmit={(event) => { event.preventDefault(); void submit(); }} onInput={() => { plan.value = null; }}>
        <JobRequestFields form={form} errors={errors.value} onEdit={() => { plan.value = null; }} />
        <Notice>{problem.value}</Notice>
        {plan.value && <section class="plan" aria-label="Where it would go"><h3>Where it would go now</h3><ul>
          {plan.value.nodes?.map((one) => <li key={one.nodeId}>{plural(one.count ?? 1, "task")} on {one.nodeId}{one.gpus?.length ? " GPU " + one.gpus.join(", ") : ""}</li>)}
          {(plan.value.unplaced ?? 0) > 0 && <li class="warn">{plan.value.unplaced} would wait: {plan.value.shortOf?.message}</li>}</ul></section>}
        <div class="actions">
          <Button label="Submit" type="submit" kind="primary" why={denied() ?? (busy.value ? "In progress" : null)} onPress={() => undefined} />
          <Button label="Where would it go?" onPress={look} />
          {command && <Copy button text={command}>Copy as curl</Copy>}
        </div>
      </form>
    </Inspector>
  );
}
