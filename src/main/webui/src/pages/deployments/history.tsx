import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Deployment, DeploymentChange, DeploymentHistory } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { Notice, Time } from "../../ui/basic";
import { Confirm } from "../../ui/button";

type Act = (what: string, run: () => Promise<unknown>) => Promise<void>;

const text = (value: unknown): string => (value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value));

/** What is taken away and what comes, line by line. */
export function Diff({ changes }: { changes: DeploymentChange[] }) {
  if (changes.length === 0) return <p class="muted">Nothing differs.</p>;
  return (
    <dl class="diff">{changes.map((change) => (
      <div key={change.path}><dt class="mono">{change.path}</dt>
        {change.before !== undefined && <dd class="gone"><span class="unseen">before: </span><del>{text(change.before)}</del></dd>}
        {change.after !== undefined && <dd class="come"><span class="unseen">after: </span><ins>{text(change.after)}</ins></dd>}
      </div>
    ))}</dl>
  );
}

export function History({ one, act }: { one: Deployment; act: Act }) {
  const read = useRead<DeploymentHistory>(at("deployments", one.id, "history"), { kind: "deployments", id: one.id });
  const history = read.value.value;
  return (
    <>
      <Notice>{read.problem.value?.message}</Notice>
      <ol class="generations">{history?.items?.map((item) => {
        const current = item.generation === history.generation;
        return (
          <li key={item.generation}>
            <div class="split"><b>Generation {item.generation}</b><span class="muted">{current ? "wanted now" : ""}{item.replicas ? ` · ${plural(item.replicas, "replica")}` : ""}{item.undoes ? ` · brings back ${item.undoes}` : ""}</span>
              <span class="end">{!current && <Confirm label="Go back to it" kind="primary" ask={`Run generation ${item.generation} again?`} why={denied()} onPress={() => act("Undo", () => call("POST", at("deployments", one.id, "undo"), { generation: item.generation }))} />}</span></div>
            <p class="muted">{item.actor} · <Time at={item.at} /></p>
            {item.diff ? <Diff changes={item.diff} /> : <p class="mono small">{item.spec?.image ?? item.model?.name}</p>}
          </li>
        );
      })}</ol>
    </>
  );
}
