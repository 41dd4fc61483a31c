import { type Signal, useSignal } from "@preact/signals";
import { call, denied } from "../../api/http";
import { grouped, plural } from "../../lib/format";
import { Meter, Notice } from "../../ui/basic";
import { Confirm, useAct } from "../../ui/button";
import type { JobRow } from "./jobs";

interface BulkProps {
  selection: Signal<ReadonlySet<string>>;
  items: readonly JobRow[];
  filters: { status?: string; name?: string; nodeId?: string };
  /** How many the filter finds in all, also those that were not read yet. */
  matching: number;
  again: () => unknown;
}

interface Answer { results?: { id: string; done: boolean; error?: string }[]; remaining?: number }
type Action = "cancel" | "retry" | "delete";

const OPEN = ["PENDING", "QUEUED", "ASSIGNED", "RUNNING"];
const AT_ONCE = 1_000;

const fits: Record<Action, (status: string | undefined) => boolean> = {
  cancel: (status) => OPEN.includes(status ?? ""),
  retry: (status) => ["FAILED", "TIMEOUT", "CANCELLED"].includes(status ?? ""),
  delete: (status) => !OPEN.includes(status ?? ""),
};

/** What is done to many: to those that are selected, or to all that the filter finds. */
export function Bulk({ selection, items, filters, matching, again }: BulkProps) {
  const all = useSignal(false);
  const far = useSignal<{ done: number; of: number } | null>(null);
  const { act, problem, busy } = useAct(again);
  const chosen = selection.value;
  if (chosen.size === 0) return <Notice>{problem.value}</Notice>;
  const whole = all.value && matching > chosen.size;
  const ids = items.filter((job) => chosen.has(job.id));
  const run = (action: Action) => act(action, async () => {
    const failed: string[] = [];
    const take = (answer: Answer) => failed.push(...(answer.results ?? []).filter((one) => !one.done).map((one) => one.error ?? one.id));
    if (whole) {
      const filter = { ...(filters.status && { status: [filters.status] }), ...(filters.name && { name: [filters.name] }), ...(filters.nodeId && { nodeId: filters.nodeId }) };
      let remaining = 1;
      let done = 0;
      while (remaining > 0) {
        const answer = await call<Answer>("POST", "/api/jobs/batches", { action, filter });
        take(answer);
        done += answer.results?.length ?? 0;
        remaining = (answer.results?.length ?? 0) === 0 ? 0 : answer.remaining ?? 0;
        far.value = { done, of: done + remaining };
      }
    } else {
      const wanted = ids.filter((job) => fits[action](job.status)).map((job) => job.id);
      for (let from = 0; from < wanted.length; from += AT_ONCE) {
        take(await call<Answer>("POST", "/api/jobs/batches", { action, ids: wanted.slice(from, from + AT_ONCE) }));
        far.value = { done: Math.min(wanted.length, from + AT_ONCE), of: wanted.length };
      }
    }
    far.value = null;
    selection.value = new Set();
    all.value = false;
    if (failed.length > 0) throw new Error(`${grouped(failed.length)} were refused. ${failed.slice(0, 3).join("; ")}`);
  });
  const button = (action: Action, label: string, none: string, kind: "primary" | "danger") => {
    const count = ids.filter((job) => fits[action](job.status)).length;
    const text = whole ? `${label} all ${grouped(matching)} that the filter finds?` : `${label} ${plural(count, "job")}?`;
    return <Confirm label={label} kind={kind} ask={text} why={denied() ?? (busy.value ? "Under way: " + busy.value : !whole && count === 0 ? none : null)} onPress={() => run(action)} />;
  };
  return (
    <div class="bulk" role="group" aria-label="What to do with the selection">
      <b>{whole ? `All ${grouped(matching)}` : grouped(chosen.size)} selected</b>
      {matching > chosen.size && <button type="button" class="link" onClick={() => { all.value = !all.value; }}>{all.value ? "Only those that are marked" : `Select all ${grouped(matching)} that the filter finds`}</button>}
      {button("cancel", "Cancel", "All of them have ended", "danger")}
      {button("retry", "Retry", "None of them has failed", "primary")}
      {button("delete", "Delete", "None of them has ended", "danger")}
      <button type="button" class="btn quiet" onClick={() => { selection.value = new Set(); all.value = false; }}>Clear</button>
      {far.value && <Meter part={far.value.done} whole={far.value.of} label={`${grouped(far.value.done)} of ${grouped(far.value.of)}`} />}
      <Notice>{problem.value}</Notice>
    </div>
  );
}
