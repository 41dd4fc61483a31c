import { useRead } from "../../api/hooks";
import { at, call, denied } from "../../api/http";
import type { Agent, AgentNote, Conversation } from "../../api/types.gen";
import { duration, grouped, plural } from "../../lib/format";
import { href } from "../../lib/route";
import { titleOf } from "../../lib/title";
import { Facts, Notice, Status, Time } from "../../ui/basic";
import { Button, Confirm, useAct } from "../../ui/button";
import { Inspector, openTab } from "../../ui/inspector";
import { Versions } from "./instruction";
import { APPROVALS } from "./tool";

const TABS: [string, string][] = [["now", "Now"], ["instruction", "Instruction"], ["conversations", "Conversations"], ["about", "About"]];
const EVERY_MS = 5_000;

export function AgentDetail({ id }: { id: string }) {
  const read = useRead<Agent>(at("agents", id) + "?populate=instruction,tools,model", { every: EVERY_MS });
  const { act, problem } = useAct(read.again);
  const talk = useTalk();
  const agent = read.value.value;
  if (!agent) return <Inspector title={id}><Notice>{read.problem.value?.status === 404 ? "There is no such agent: it was deleted, or never was" : read.problem.value?.message}</Notice></Inspector>;
  const tab = openTab(TABS);
  const gone = agent.deletedAt ? "It is deleted" : null;
  return (
    <Inspector title={agent.name ?? id} id={agent.id} tabs={TABS} status={agent.isActive === false ? <Status of="STOPPED" word="Off" /> : agent.modelCallable === false ? <Status of="DEGRADED" word="No model" /> : <Status of="READY" word="On" />} actions={<>
      <Button label="Talk" kind="primary" why={gone ?? (agent.isActive === false ? "It is off" : talk.busy.value || null)} onPress={() => talk.begin(agent)} />
      <a class="btn" href={href("agents", ["new"], { like: agent.id })}>Change</a>
      <Button label={agent.isActive === false ? "Turn on" : "Turn off"} why={denied() ?? gone} onPress={() => act(agent.isActive === false ? "Turn on" : "Turn off", () => call("PUT", at("agents", id), { ...requestOf(agent), isActive: agent.isActive === false }))} />
      <Confirm label="Delete" ask={`Delete ${agent.name}?`} yes="Yes, delete" why={denied() ?? gone} onPress={() => act("Delete", async (go) => { await call("DELETE", at("agents", id)); go(href("agents")); })} />
    </>}>
      <Notice>{problem.value || talk.problem.value}</Notice>
      {agent.modelCallable === false && <Notice tone="warn">The gateway can call nothing by the name {agent.model} now.</Notice>}
      {tab === "now" && <Now agent={agent} />}
      {tab === "instruction" && <Versions id={agent.instructionId!} pinned={agent.instructionVersion} />}
      {tab === "conversations" && <Conversations id={agent.id!} />}
      {tab === "about" && <About agent={agent} />}
    </Inspector>
  );
}

/** Begins a conversation and goes to it. */
function useTalk() {
  const { act, problem, busy } = useAct();
  const begin = (agent: Agent) => act("Talk", async (go) => {
    const made = await call<Conversation>("POST", at("conversations"), { agentId: agent.id });
    go(href("agents", [made.id!]));
  });
  return { begin, problem, busy };
}

/** What the API takes back of what it gave. */
export function requestOf(agent: Agent): Record<string, unknown> {
  const { name, description, instructionId, instructionVersion, toolIds, model, parameters, limits, summarises, memory, variables, tags, isActive } = agent;
  return { name, description, instructionId, instructionVersion, toolIds, model, parameters, limits, summarises, memory, variables, tags, isActive };
}

/** What the name of the model means now. */
function leads(agent: Agent) {
  const to = agent.resolvedModel?.leadsTo ?? [];
  return to.length > 0 && to.map((one, index) => <span key={one.id}>{index > 0 && ", "}
    {one.kind === "deployment" ? <a href={href("deployments", [one.id!])}>{one.name}</a> : <>endpoint {one.name}</>}{one.model && <span class="muted"> {one.model}{one.modelVersion !== undefined && ` ${one.modelVersion}`}</span>}</span>);
}

function Now({ agent }: { agent: Agent }) {
  return (
    <>
      {agent.description && <p>{agent.description}</p>}
      <Facts facts={[["Model", <a key="m" href={href("inference", [], { part: "try", model: agent.model })}>{agent.model}</a>], ["Leads to", leads(agent)], ["Instruction", <a key="i" href={href("agents", [agent.instructionId!])}>{agent.instruction?.name ?? agent.instructionId}</a>],
        ["Version", agent.instructionVersion ? `${agent.instructionVersion}, pinned` : "the newest"], ...Object.entries(agent.parameters ?? {}).map(([name, value]): [string, string] => [name, JSON.stringify(value)])]} />
      <h3>Tools</h3>
      {!agent.tools?.length && <p class="muted">None: it talks, and does nothing.</p>}
      <ul class="rows">{agent.tools?.map((tool) => <li key={tool.id}><a href={href("agents", [tool.id!])}><b class="text mono">{tool.name}</b><span class="tag">{tool.kind}</span>
        <Status of={tool.approval === "deny" ? "CANCELLED" : tool.approval === "ask" ? "BLOCKED" : "READY"} word={APPROVALS[tool.approval ?? "auto"]} />{tool.description && <small class="muted">{tool.description}</small>}</a></li>)}</ul>
      <h3>Limits of a turn</h3>
      <Facts facts={[["Model calls", agent.limits?.steps], ["Tool calls", agent.limits?.toolCalls], ["Time", agent.limits?.seconds && duration(agent.limits.seconds * 1000)], ["Tokens", grouped(agent.limits?.tokens)], ["Prompt tokens", grouped(agent.limits?.contextTokens)],
        ["Older messages", agent.summarises ? "summarised" : "left out"], ["Concurrent turns", agent.limits?.turns]]} />
    </>
  );
}

function Conversations({ id }: { id: string }) {
  const read = useRead<{ items?: Conversation[]; totalSize?: number }>("/api/conversations?pageSize=50&agentId=" + encodeURIComponent(id), { every: EVERY_MS });
  const found = read.value.value;
  return (
    <>
      <Notice>{read.problem.value?.message}</Notice>
      {found?.items?.length === 0 && <p class="muted">Nobody talked to it yet. Talk begins a conversation.</p>}
      <ul class="rows">{found?.items?.map((one) => <li key={one.id}><a href={href("agents", [one.id!])}><Status of={one.turn ? "RUNNING" : "IDLE"} word={one.turn ? "Answers" : "Idle"} /><span class="text">{titleOf(one, Date.now())}</span><span class="muted">{one.user} · <Time at={one.updatedAt} /></span></a></li>)}</ul>
      {(found?.totalSize ?? 0) > 50 && <p class="muted">{plural(found!.totalSize! - 50, "older one", "older ones")} in the list of conversations.</p>}
    </>
  );
}

function About({ agent }: { agent: Agent }) {
  const notes = useRead<{ items?: AgentNote[] }>(agent.memory ? at("agents", agent.id!, "memory") + "?pageSize=100" : null).value.value?.items;
  return (
    <>
      <Facts facts={[["Tags", agent.tags?.join(", ")], ["Variables", Object.entries(agent.variables ?? {}).map(([name, value]) => `${name}=${value}`).join(", ")], ["Created by", agent.createdBy], ["Created", <Time key="m" at={agent.createdAt} />], ["Changed by", agent.updatedBy], ["Changed", <Time key="c" at={agent.updatedAt} />]]} />
      {agent.memory && <><h3>What it noted about you</h3>{notes?.length === 0 && <p class="muted">Nothing.</p>}<Facts facts={(notes ?? []).map((note) => [String(note.key), String(note.text)])} /></>}
    </>
  );
}
