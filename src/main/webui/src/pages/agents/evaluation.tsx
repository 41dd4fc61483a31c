import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Evaluation, EvaluationRun } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { href, opened } from "../../lib/route";
import { Facts, Notice, Progress, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Inspector, openTab } from "../../ui/inspector";
import { inWords } from "./evaluation-draft";
import { ChangeEvaluation } from "./evaluation-form";
import { BeginRun } from "./run-form";

const TABS: [string, string][] = [["cases", "Cases"], ["run", "Run"], ["runs", "Runs"], ["change", "Change"]];
const EVERY_MS = 3_000;

export function EvaluationDetail({ id }: { id: string }) {
  const read = useRead<Evaluation>(at("evaluations", id), { every: 10_000 });
  const { act, problem } = useAct(read.again);
  const one = read.value.value;
  if (!one) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such evaluation: it was deleted, or never was" : read.problem.value?.message}</Notice></Inspector>;
  const tab = openTab(TABS);
  const gone = one.deletedAt ? "It is deleted" : null;
  const turn = (isActive: boolean) => call("PUT", at("evaluations", id), { name: one.name, description: one.description, cases: one.cases, tags: one.tags, isActive });
  return (
    <Inspector title={one.name ?? id} id={one.id} tabs={TABS} status={<Status of={one.isActive === false ? "STOPPED" : "READY"} word={one.isActive === false ? "Off" : plural(one.cases?.length ?? 0, "case")} />} actions={<>
      {tab !== "run" && <a class="btn primary" href={opened(id, "run")}>Run…</a>}
      <a class="btn" href={href("agents", ["new"], { part: "evaluations", like: one.id })}>Duplicate</a>
      <Button label={one.isActive === false ? "Turn on" : "Turn off"} why={denied() ?? gone} onPress={() => act(one.isActive === false ? "Turn on" : "Turn off", () => turn(one.isActive === false))} />
      <Confirm label="Delete" ask={`Delete ${one.name}? Its runs stay.`} yes="Yes, delete" why={denied() ?? gone} onPress={() => act("Delete", async (go) => { await call("DELETE", at("evaluations", id)); go(href("agents", [], { part: "evaluations" })); })} />
    </>}>
      <Notice>{problem.value}</Notice>
      {tab === "cases" && <Cases of={one} />}
      {tab === "run" && <BeginRun evaluation={one} />}
      {tab === "runs" && <Runs id={one.id!} />}
      {tab === "change" && <ChangeEvaluation one={one} again={read.again} key={one.version} />}
    </Inspector>
  );
}

function Cases({ of }: { of: Evaluation }) {
  return (
    <>
      {of.description && <p>{of.description}</p>}
      <ol class="cases">{of.cases?.map((one) => (
        <li key={one.name}><b>{one.name}</b><p class="prose">{one.prompt}</p>
          {one.variables && <Facts facts={Object.entries(one.variables).map(([name, value]) => [name, String(value)])} />}
          {one.expect?.length ? <ul class="guidelines">{one.expect.map((expect, i) => <li key={i}>{inWords(expect)}</li>)}</ul> : <p class="muted small">Any answer passes.</p>}
        </li>
      ))}</ol>
      <Facts facts={[["Tags", of.tags?.join(", ")], ["Created by", of.createdBy], ["Changed by", of.updatedBy], ["Changed", <Time key="c" at={of.updatedAt} />]]} />
    </>
  );
}

/** Whom a run compares, in a line. */
export const whom = (run: EvaluationRun): string => (run.candidates ?? []).map((one) => `${one.agentName} ${one.instructionVersion}${one.model ? ", " + one.model : ""}`).join(" · ");

function Runs({ id }: { id: string }) {
  const read = useRead<{ items?: EvaluationRun[]; totalSize?: number }>("/api/evaluation-runs?pageSize=50&evaluationId=" + encodeURIComponent(id), { every: EVERY_MS });
  const found = read.value.value;
  return (
    <>
      <Notice>{read.problem.value?.message}</Notice>
      {found?.items?.length === 0 && <p class="muted">You have no run of it yet. <a href={opened(id, "run")}>Run it</a> with one or two candidates.</p>}
      <ul class="rows">{found?.items?.map((run) => (
        <li key={run.id}><a href={href("agents", [run.id!])}><Status of={run.status} />{!run.endedAt && <Progress value={run.progress} status={run.status} />}<span class="text">{whom(run)}</span><span class="muted">{run.user} · <Time at={run.createdAt} /></span></a></li>
      ))}</ul>
      {(found?.totalSize ?? 0) > 50 && <p class="muted">{plural(found!.totalSize! - 50, "older run")} over REST.</p>}
    </>
  );
}
