import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Tool } from "../../api/types.gen";
import { duration } from "../../lib/format";
import { href } from "../../lib/route";
import { Facts, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Choice } from "../../ui/field";
import { Inspector, openTab } from "../../ui/inspector";
import { TryTool } from "./tool-try";

export const APPROVALS: Record<string, string> = { auto: "at once", ask: "asks first", deny: "never" };

/** What the API takes back of what it gave. */
export function requestOf(tool: Tool): Record<string, unknown> {
  const { name, description, kind, input, http, mcp, aiwm, job, authorization, secretHeaders, timeoutMs, retries, idempotent, approval, approvalTimeoutMs, approvalDefault, tags, isActive } = tool;
  return { name, description, kind, input, http, mcp, aiwm, job, authorization, secretHeaders, timeoutMs, retries, idempotent, approval, approvalTimeoutMs, approvalDefault, tags, isActive };
}

const TABS: [string, string][] = [["now", "Now"], ["try", "Try it"]];

export function ToolDetail({ id }: { id: string }) {
  const read = useRead<Tool>(at("tools", id), { every: 10_000 });
  const { act, problem } = useAct(read.again);
  const tool = read.value.value;
  if (!tool) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such tool: it was deleted, or never was" : read.problem.value?.message}</Notice></Inspector>;
  const why = denied();
  const gone = tool.deletedAt ? "It is deleted" : null;
  return (
    <Inspector title={tool.name ?? id} id={tool.id} tabs={TABS} status={<Status of={tool.isActive === false ? "STOPPED" : "READY"} word={tool.isActive === false ? "Off" : "On"} />} actions={<>
      <a class="btn" href={href("agents", ["new"], { part: "tools", like: tool.id })}>Duplicate</a>
      <Button label={tool.isActive === false ? "Turn on" : "Turn off"} why={why ?? gone} onPress={() => act(tool.isActive === false ? "Turn on" : "Turn off", () => call("PUT", at("tools", id), { ...requestOf(tool), isActive: tool.isActive === false }))} />
      <Confirm label="Delete" ask={`Delete ${tool.name}?`} yes="Yes, delete" why={why ?? gone} onPress={() => act("Delete", async (go) => { await call("DELETE", at("tools", id)); go(href("agents", [], { part: "tools" })); })} />
    </>}>
      <Notice>{problem.value}</Notice>
      {openTab(TABS) === "try" ? <TryTool tool={tool} key={tool.version} /> : <Now tool={tool} why={why} act={act} />}
    </Inspector>
  );
}

function Now({ tool, why, act }: { tool: Tool; why: string | null; act: ReturnType<typeof useAct>["act"] }) {
  const where = tool.http ?? tool.mcp ?? tool.aiwm ?? tool.job;
  return (
    <>
      {tool.description && <p>{tool.description}</p>}
      {why ? <Facts facts={[["Called", APPROVALS[tool.approval ?? "auto"]]]} />
        : <Choice label="When a model calls it" name="approval" value={tool.approval ?? "auto"} options={[["auto", "call it at once"], ["ask", "ask somebody first"], ["deny", "never call it"]]} onChange={(approval) => void act("Set approval", () => call("PUT", at("tools", tool.id!), { ...requestOf(tool), approval }))} />}
      <Facts facts={[["Kind", tool.kind], ["Timeout", tool.timeoutMs && duration(tool.timeoutMs)], ["Approval waits", duration(tool.approvalTimeoutMs ?? 0)], ["If nobody decides", tool.approval === "ask" && (tool.approvalDefault === "approve" ? "it is called" : "it is not called")], ["Retries", tool.retries || undefined], ["Safe to repeat", tool.idempotent ? "yes" : "no"], ["Secret", tool.authorization && String((tool.authorization as { secret?: string }).secret ?? "")],
        ["Tags", tool.tags?.join(", ")], ["Changed by", tool.updatedBy], ["Changed", <Time key="c" at={tool.updatedAt} />]]} />
      <h3>What is called</h3><pre class="json" tabIndex={0}>{JSON.stringify(where, null, 2)}</pre>
      {tool.input && <><h3>Arguments</h3><pre class="json" tabIndex={0}>{JSON.stringify(tool.input, null, 2)}</pre></>}
    </>
  );
}
