import { type Signal, useSignal } from "@preact/signals";
import { call, denied } from "../../api/http";
import { type BulkAction, type BulkAnswer, type BulkEnd, countFor, takes, untilDone } from "../../lib/bulk";
import { grouped, plural } from "../../lib/format";
import { Meter, Notice } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import type { JobRow } from "./job";
import { PRIORITIES } from "./request";

interface BulkProps {
  selection: Signal<ReadonlySet<string>>;
  items: readonly JobRow[];
  filters: { status?: string; q?: string; nodeId?: string; scheduleId?: string };
  /** How many the filter finds in all, also those that were not read yet. */
  matching: number;
  /** The same by state, whatever state the filter names. */
  counts: Record<string, number>;
  again: () => unknown;
}

const AT_ONCE = 1_000;

/** What is done to many: to those that are selected, or to all that the filter finds. */
export function Bulk({ selection, items, filters, matching, counts, again }: BulkProps) {
  const all = useSignal(false);
  const far = useSignal<{ done: number; of: number } | null>(null);
  const stop = useSignal(false);
  const priority = useSignal("");
  const said = useSignal("");
  const { act, problem, busy } = useAct(again);
  const chosen = selection.value;
  if (chosen.size === 0 && !far.value) return <><Notice>{problem.value}</Notice><Notice tone="run">{said.value}</Notice></>;
  const whole = all.value && matching > chosen.size;
  const ids = items.filter((job) => chosen.has(job.id));
  const many = (action: BulkAction) => (whole ? countFor(action, counts, filters.status) : ids.filter((job) => takes(action, job.status, Boolean(job.array))).length);
  const run = (action: BulkAction, label: string, done: string) => act(label, async () => {
    const of = many(action);
    said.value = "";
    stop.value = false;
    far.value = { done: 0, of };
    const rest = whole ? [] : ids.filter((job) => takes(action, job.status, Boolean(job.array))).map((job) => job.id);
    const what = action === "prioritise" ? { action, priority: priority.value } : { action };
    const body = whole ? () => ({ ...what, filter: filterOf(filters) }) : () => ({ ...what, ids: rest.splice(0, AT_ONCE) });
    let end: BulkEnd;
    try {
      end = await untilDone(of, () => call<BulkAnswer>("POST", "/api/jobs/batches", body()), (now) => { far.value = { done: now, of }; }, () => stop.value);
    } finally {
      far.value = null;
      selection.value = new Set();
      all.value = false;
    }
    said.value = `${plural(end.done, "job")} ${done}${stop.value ? `; stopped before the other ${grouped(Math.max(0, of - end.done - end.refused.length))}` : ""}`;
    if (end.refused.length > 0) throw new Error(`${grouped(end.refused.length)} were refused. ${end.refused.slice(0, 3).join("; ")}`);
  });
  const button = (action: BulkAction, label: string, done: string, none: string, kind: "primary" | "danger") => {
    const count = many(action);
    return <Confirm label={label} kind={kind} ask={`${label} ${plural(count, "job")}${whole ? " that the filter finds" : ""}?`} yes={`Yes, ${label.toLowerCase()} ${count === 1 ? "it" : "them"}`}
      why={denied() ?? (busy.value ? "In progress: " + busy.value : count === 0 ? none : null)} onPress={() => run(action, label, done)} />;
  };
  const waiting = many("prioritise");
  return (
    <div class="bulk" role="group" aria-label="What to do with the selection">
      <b>{whole ? `All ${grouped(matching)}` : grouped(chosen.size)} selected</b>
      {matching > chosen.size && !far.value && <button type="button" class="link" onClick={() => { all.value = !all.value; }}>{all.value ? "Only those that are marked" : `Select all ${grouped(matching)} that the filter finds`}</button>}
      {button("cancel", "Cancel", "cancelled", "All of them have ended", "danger")}
      {button("retry", "Retry", "queued again", "None of them has failed", "primary")}
      <span class="inline">
        <label class="inline">Priority <select name="priority" value={priority.value} onChange={(event) => { priority.value = event.currentTarget.value; }}>
          <option value="">as it is</option>{PRIORITIES.map((one) => <option key={one} value={one}>{one}</option>)}</select></label>
        <Button label="Set priority" why={denied() ?? (busy.value ? "In progress: " + busy.value : waiting === 0 ? "None of them waits, and none is an array that runs" : priority.value ? null : "Choose a priority first")} onPress={() => run("prioritise", "Set priority", `set to ${priority.value}`)} />
      </span>
      {button("delete", "Delete", "deleted", "None of them has ended", "danger")}
      {far.value
        ? <><span role="status" class="num">{grouped(far.value.done)} of {grouped(far.value.of)}</span><Meter part={far.value.done} whole={far.value.of} label="Progress" /><Button label="Stop here" kind="quiet" onPress={() => { stop.value = true; }} /></>
        : <button type="button" class="btn quiet" onClick={() => { selection.value = new Set(); all.value = false; }}>Clear</button>}
      <Notice>{problem.value}</Notice>
    </div>
  );
}

function filterOf(filters: BulkProps["filters"]) {
  return { ...(filters.status && { status: [filters.status] }), ...(filters.q && { q: filters.q }), ...(filters.nodeId && { nodeId: filters.nodeId }), ...(filters.scheduleId && { scheduleId: [filters.scheduleId] }) };
}
