import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { call, denied } from "../../api/http";
import { usePages } from "../../api/pages";
import { search } from "../../api/rows";
import type { AuditLogEntry } from "../../api/types.gen";
import { Chain, type Link } from "../../lib/chain";
import { grouped } from "../../lib/format";
import { href, place } from "../../lib/route";
import { Copy, Facts, Notice, Status, Time } from "../../ui/basic";
import { Button, useAct } from "../../ui/button";
import { useCommands } from "../../ui/command-menu";
import { Filter } from "../../ui/filter";
import { Table } from "../../ui/sections";

/** Who changed what, newest first; and whether the log is as it was written. */
export function Audit() {
  const why = denied("ADMIN");
  const { actor, operation, resource, from, to } = place.value.query;
  const path = "/api/audit" + search({ actor, operation, resource, from, to, pageSize: 100 });
  const entries = usePages<AuditLogEntry>(why ? null : path);
  useCommands([{ path, cli: "aiwm audit verify" }]);
  if (why) return <Notice tone="warn">The audit log is shown to administrators. {why}.</Notice>;
  return (
    <>
      <div class="tools filters">
        <Filter label="User" param="actor" /><Filter label="Operation" param="operation" /><Filter label="Path or id" param="resource" />
        <Filter label="From, ISO time" param="from" /><Filter label="To, ISO time" param="to" />
        <Button label="Refresh" onPress={entries.again} />
      </div>
      <Verify />
      <Table name="Audit log" heads={[["No.", "num"], ["Time"], ["Who"], ["Operation"], ["Path"], ["Result"], ["Changes"]]} pages={entries} empty="No entry fits." row={(entry) => <One key={entry.seq} entry={entry} />} />
    </>
  );
}

function Answer({ entry }: { entry: AuditLogEntry }) {
  if (entry.status === undefined) return entry.operation === "callTool" ? <Status of={entry.failed ? "FAILED" : "COMPLETED"} /> : <Status of="QUEUED" word="Requested" />;
  return <Status of={entry.status < 400 ? "COMPLETED" : "FAILED"} word={String(entry.status)} />;
}

function One({ entry }: { entry: AuditLogEntry }) {
  const changes = entry.changes ?? [];
  return (
    <tr>
      <td class="num">{entry.seq}</td><td><Time at={entry.at} /></td><td>{entry.actor ?? "—"}{entry.apiKey && <span class="muted"> by a key</span>}</td>
      <td class="mono">{entry.operation ?? (entry.trimmedThrough ? "older entries dropped" : "—")}{entry.tool && " " + entry.tool}</td>
      <td class="mono path" title={entry.path}>{entry.path}</td><td><Answer entry={entry} /></td>
      <td>
        <details><summary>{changes.length > 0 ? changes.slice(0, 2).map((change) => change.path?.replace(/^\//, "")).join(", ") + (changes.length > 2 ? ` and ${changes.length - 2} more` : "") : "more"}</summary>
          {changes.length > 0 && <dl class="diff">{changes.map((change) => <div key={change.path}><dt>{change.path}</dt>{change.from !== undefined && <dd class="gone">{change.from}</dd>}{change.to !== undefined && <dd class="come">{change.to}</dd>}</div>)}</dl>}
          <Facts facts={[["From", entry.address], ["Request", entry.requestId], ["API key", entry.apiKey], ["Sent fields", entry.fields?.join(", ")], ["Created", entry.resource],
            ["Execution", entry.executionId && <a href={href("executions", [entry.executionId])}>{entry.executionId}</a>], ["Agent", entry.agentId], ["Conversation", entry.conversationId], ["Hash", entry.hash && <Copy text={`${entry.seq}:${entry.hash}`}>{entry.hash.slice(0, 16)}…</Copy>]]} />
        </details>
      </td>
    </tr>
  );
}

/** Reads all of it, the oldest first, and works the hashes out anew. */
function Verify() {
  const chain = useSignal<Chain | null>(null);
  const read = useSignal(0);
  const gone = useRef(false);
  const { act, problem, busy } = useAct();
  useEffect(() => () => { gone.current = true; }, []);
  const verify = () => act("Verify", async () => {
    const all = new Chain();
    chain.value = null;
    read.value = 0;
    for (let after = 0; !gone.current;) {
      const page = await call<{ items: Link[]; lastSeq?: number }>("GET", "/api/audit?after=" + after);
      for (const entry of page.items) await all.take(entry);
      if (page.items.length === 0 || page.lastSeq === undefined || page.lastSeq <= after) break;
      after = page.lastSeq;
      read.value = all.entries;
    }
    chain.value = all;
  });
  const faults = chain.value?.faults ?? [];
  const head = chain.value?.last;
  return (
    <div class="verify">
      <Button label="Verify" hint="reads all entries" why={busy.value ? `${grouped(read.value)} entries read` : globalThis.crypto?.subtle ? null : "A browser works out hashes on HTTPS or localhost alone. aiwm audit verify does it everywhere"} onPress={verify} />
      {busy.value && <span role="status" class="muted">{grouped(read.value)} entries read</span>}
      <Notice>{problem.value}</Notice>
      {chain.value && (faults.length > 0 ? <Notice>{faults.join("\n")}</Notice>
        : <span role="status"><Status of="READY" word={`${grouped(chain.value.entries)} entries, each follows the one before it`} />{head && <> Newest: <Copy text={`${head.seq}:${head.hash}`}><code>{head.seq}:{head.hash.slice(0, 16)}…</code></Copy></>}</span>)}
    </div>
  );
}
