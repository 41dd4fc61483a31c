/** One run of an evaluation: how far it is, and what each candidate made of each case, side by side. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useRead } from "../../api/hooks";
import { at, call, denied, send } from "../../api/http";
import { connected } from "../../api/live";
import type { EvaluationResults, EvaluationRun } from "../../api/types.gen";
import { duration, grouped, plural } from "../../lib/format";
import { href, place, setQuery } from "../../lib/route";
import { save } from "../../lib/save";
import { Empty, Meter, Notice, Progress, Status, Took } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { useOpenRecord } from "../../ui/inspector";
import { whom } from "./evaluation";

type Row = NonNullable<EvaluationResults["cases"]>[number];
type Result = NonNullable<Row["results"]>[number];
type Total = NonNullable<EvaluationResults["candidates"]>[number];

const EVERY_MS = 1_000;
/** The status whose glyph a change has, and its word. */
const CHANGES: Record<string, [string, string]> = { better: ["READY", "Better"], worse: ["FAILED", "Worse"], same: ["CANCELLED", "Same"], open: ["PENDING", "Open"] };

export function RunPage({ id }: { id: string }) {
  const path = at("evaluation-runs", id);
  const read = useRead<EvaluationRun>(path);
  const table = useRead<EvaluationResults>(path + "/results");
  const { act, problem } = useAct(read.again);
  const run = read.value.value;
  const ended = Boolean(run?.endedAt);
  const how = `${run?.progress} ${run?.status} ${ended}`;
  useCommands([{ path: path + "/results" }, { path: path + "/results?format=csv" }]);
  useEffect(() => {
    if (ended) return undefined;
    const timer = setInterval(() => { if (!document.hidden && connected.value) void read.again(); }, EVERY_MS);
    return () => clearInterval(timer);
  }, [ended, read.again]);
  // the table is read again when something has changed of which it tells
  useEffect(() => { if (run) void table.again(); }, [how]);
  useOpenRecord(run && id, run?.evaluationName ?? "");
  if (read.problem.value?.status === 404) return <main id="main"><h1 tabIndex={-1}>Run of an evaluation</h1><Empty title="There is no such run"><p>It was deleted, or is somebody else's.</p></Empty></main>;
  const results = table.value.value;
  return (
    <main id="main" class="parts trials">
      <div class="page-head">
        <h1 tabIndex={-1}>{run?.evaluationName ?? "Run of an evaluation"}</h1>
        {run && <p class="muted"><Status of={run.status} /> <Took from={run.createdAt} to={run.endedAt} /> · {run.user}{run.judge ? ` · judged by ${run.judge}` : ""}</p>}
        <span class="actions end">
          {run?.executionId && <a class="btn" href={href("executions", [run.executionId])}>Execution</a>}
          {run?.evaluationId && <a class="btn" href={href("agents", [run.evaluationId, "run"])}>Run again…</a>}
          <Button label="CSV" why={results ? null : "There is no result yet"} onPress={() => act("Download", async () => save(await (await send("GET", path + "/results?format=csv")).blob(), `${run?.evaluationName ?? id}.csv`))} />
          {run && (ended
            ? <Confirm label="Delete" ask="Delete this run with its results?" yes="Yes, delete" why={denied()} onPress={() => act("Delete", async (go) => { await call("DELETE", path); go(href("agents", [run.evaluationId!, "runs"])); })} />
            : <Confirm label="Cancel" ask="End this run? Results that are there stay." yes="Yes, end it" why={denied()} onPress={() => act("Cancel", () => call("POST", path + "/cancel"))} />)}
        </span>
      </div>
      <Notice>{problem.value || read.problem.value?.message || table.problem.value?.message || run?.error}</Notice>
      {run && !ended && <p class="far" role="status" aria-live="off"><Progress value={run.progress} status={run.status} /> <span class="muted">{whom(run)}</span></p>}
      {results && <Totals all={results.candidates} cases={results.cases.length} />}
      {results && <Compared results={results} />}
    </main>
  );
}

function Totals({ all, cases }: { all: Total[]; cases: number }) {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Candidates">
      <table class="plain totals"><thead><tr><th scope="col">Candidate</th><th scope="col">Agent</th><th scope="col" class="num">Version</th><th scope="col" class="wide">Model</th><th scope="col">Passed</th><th scope="col" class="num wide">Tokens in</th><th scope="col" class="num wide">Tokens out</th><th scope="col" class="num wide">Time of the model</th></tr></thead>
        <tbody>{all.map((one) => (
          <tr key={one.name}><th scope="row">{one.name}</th><td>{one.agentName}</td><td class="num">{one.instructionVersion}</td><td class="mono wide">{one.model}</td>
            <td><span class="progress"><Meter part={one.passed ?? 0} whole={Math.max(1, cases)} tone={one.failed ? "warn" : "ok"} label={`${one.passed} of ${cases} passed, ${one.failed} failed, ${one.open} without a result`} /><span class="num">{one.passed} of {cases}{one.open ? `, ${one.open} open` : ""}</span></span></td>
            <td class="num wide">{grouped(one.promptTokens)}</td><td class="num wide">{grouped(one.completionTokens)}</td><td class="num wide">{duration(one.latencyMs ?? 0)}</td></tr>
        ))}</tbody>
      </table>
    </div>
  );
}

/** Cases as rows, candidates as columns; those that differ can be seen alone. */
function Compared({ results }: { results: EvaluationResults }) {
  const chosen = place.value.query.change ?? "";
  const counts = new Map<string, number>();
  for (const row of results.cases) if (row.change) counts.set(row.change, (counts.get(row.change) ?? 0) + 1);
  const differ = (counts.get("better") ?? 0) + (counts.get("worse") ?? 0);
  const fits = (row: Row) => chosen === "" || (chosen === "differing" ? row.change === "better" || row.change === "worse" : row.change === chosen);
  const shown = results.cases.filter(fits);
  const chip = (key: string, label: string, count: number) => <button key={key} type="button" class="chip" aria-pressed={chosen === key} onClick={() => setQuery({ change: key || undefined })}>{label} <span class="mono">{grouped(count)}</span></button>;
  return (
    <>
      {results.candidates.length > 1 && <div class="chips" role="group" aria-label="Which cases">
        {chip("", "All", results.cases.length)}{chip("differing", "Differ", differ)}
        {Object.entries(CHANGES).filter(([key]) => counts.get(key)).map(([key, [, word]]) => chip(key, word, counts.get(key)!))}
      </div>}
      {shown.length === 0 ? <Empty title="No case fits"><p>{chosen === "differing" ? "Both candidates pass and fail the same cases." : "Another filter may find some."}</p></Empty> : (
        <div class="scroll-x grows" tabIndex={0} role="region" aria-label="Results, side by side">
          <table class="plain compared" aria-label="Results"><thead><tr><th scope="col">Case</th>{results.candidates.map((one) => <th key={one.name} scope="col">{one.name}: {one.agentName} {one.instructionVersion}</th>)}</tr></thead>
            <tbody>{shown.map((row) => <tr key={row.name}><th scope="row"><span class="case-name">{row.name}</span>{row.change && <Status of={CHANGES[row.change][0]} word={CHANGES[row.change][1]} />}</th>{row.results?.map((one, i) => <td key={i} data-who={results.candidates[i]?.name}><Made of={one} /></td>)}</tr>)}</tbody>
          </table>
        </div>
      )}
    </>
  );
}

const LONG = 400;

/** What one candidate made of one case. */
function Made({ of }: { of: Result }) {
  const whole = useSignal(false);
  if (!of.id) return <Status of="PENDING" word="No result yet" />;
  const answer = of.answer ?? "";
  const long = answer.length > LONG;
  return (
    <div class="made">
      <div class="split"><Status of={of.passed ? "COMPLETED" : "FAILED"} word={of.passed ? "Passed" : "Failed"} />
        <span class="muted small">{grouped((of.promptTokens ?? 0) + (of.completionTokens ?? 0))} tokens · {duration(of.latencyMs ?? 0)}</span>
        {of.executionId && <a class="small" href={href("executions", [of.executionId])}>Turn</a>}</div>
      {of.error && <p class="why fail">{of.error}</p>}
      <ul class="checks">{of.checks?.filter((check) => !check.passed).map((check, i) => <li key={i} class="small"><span class="fail">not</span> {check.type} {Object.values(check.expected ?? {}).map(String).join(" ")}{check.detail ? ": " + check.detail : ""}</li>)}</ul>
      {answer && <p class="prose">{whole.value || !long ? answer : answer.slice(0, LONG) + "…"}</p>}
      {long && <button type="button" class="link small" aria-expanded={whole.value} onClick={() => { whole.value = !whole.value; }}>{whole.value ? "Less" : `All ${plural(answer.length, "character")}`}</button>}
      {of.toolCalls?.map((one, i) => <p key={i} class="mono small">{one.name} {one.arguments}</p>)}
    </div>
  );
}
