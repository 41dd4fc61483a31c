import { useEffect } from "preact/hooks";
import { useRead, useRows } from "../../api/hooks";
import { type Row, Rows, search } from "../../api/rows";
import type { Agent, Approval, Conversation, Evaluation, Instruction, Tool } from "../../api/types.gen";
import { aiwm } from "../../lib/command";
import type { Facet } from "../../lib/facets";
import { plural } from "../../lib/format";
import { href, place } from "../../lib/route";
import { titleOf } from "../../lib/title";
import { Empty, Notice, Status, Time } from "../../ui/basic";
import { useCommands } from "../../ui/command-menu";
import { Facets } from "../../ui/facets";
import { Filter } from "../../ui/filter";
import { type Column, List, Open } from "../../ui/list";
import { AgentDetail } from "./agent-detail";
import { NewAgent } from "./agent-form";
import { Chat } from "./chat";
import { EvaluationDetail } from "./evaluation";
import { NewEvaluation } from "./evaluation-form";
import { FirstSteps } from "./first-steps";
import { InstructionDetail, NewInstruction } from "./instruction";
import { RunPage } from "./run";
import { APPROVALS, ToolDetail } from "./tool";
import { NewTool } from "./tool-form";

type Listed<T> = T & Row;
const AGAIN_MS = 5_000;
const NEW = "new";

interface Part<T> {
  key: string;
  label: string;
  path: string;
  query?: Record<string, string>;
  one: string;
  columns: Column<Listed<T>>[];
  card: (item: Listed<T>) => [string | undefined, string | undefined];
  empty: [string, string];
}

const FACETS: Facet<{ tags?: string[]; isActive?: boolean }>[] = [
  { param: "tag", title: "Tag", of: (one) => one.tags ?? [] },
  { param: "isActive", title: "State", of: (one) => [String(one.isActive !== false)], word: (value) => (value === "true" ? "on" : "off") },
];

const active = (one: { isActive?: boolean }) => (one.isActive === false ? <Status of="STOPPED" word="Off" /> : <Status of="READY" word="On" />);
const tags = (one: { tags?: string[] }) => (one.tags ?? []).map((tag) => <span class="tag" key={tag}>{tag}</span>);

const AGENTS: Part<Agent> = {
  key: "", label: "Agents", path: "/api/agents", query: { populate: "instruction,tools,model" }, one: "agent", empty: ["No agent fits", "Another filter may find some."],
  columns: [
    { head: "State", cell: (one) => (one.isActive !== false && one.modelCallable === false ? <Status of="DEGRADED" word="No model" /> : active(one)), kind: "status" },
    { head: "Name", cell: (one) => <Open id={one.id}>{one.name}</Open>, by: (one) => one.name ?? "", kind: "grow" },
    { head: "Model", cell: (one) => one.model ?? "—", by: (one) => one.model ?? "", kind: "mono" },
    { head: "Instruction", cell: (one) => `${one.instruction?.name ?? one.instructionId}${one.instructionVersion ? " " + one.instructionVersion : ""}`, kind: "mono wide" },
    { head: "Tools", cell: (one) => (one.toolIds?.length ? String(one.toolIds.length) : "none"), by: (one) => one.toolIds?.length ?? 0, kind: "num" },
    { head: "Tags", cell: tags, kind: "wider" },
    { head: "Changed", cell: (one) => <Time at={one.updatedAt} />, by: (one) => one.updatedAt ?? "", kind: "num wide" },
  ],
  card: (one) => [one.name, one.model],
};

const CONVERSATIONS: Part<Conversation> = {
  key: "conversations", label: "Conversations", path: "/api/conversations", one: "conversation", empty: ["There is no conversation yet", "Talk, in the details of an agent, begins one."],
  columns: [
    { head: "State", cell: (one) => (one.turn ? <Status of="RUNNING" word="Answers" /> : <Status of="IDLE" word="Idle" />), kind: "status" },
    { head: "Title", cell: (one) => <Open id={one.id}>{titleOf(one, Date.now())}</Open>, by: (one) => one.title ?? "", kind: "grow" },
    { head: "User", cell: (one) => one.user ?? "—", by: (one) => one.user ?? "", kind: "wide" },
    { head: "Waiting", cell: (one) => (one.queued?.length ? String(one.queued.length) : ""), kind: "num wide" },
    { head: "Changed", cell: (one) => <Time at={one.updatedAt} />, by: (one) => one.updatedAt ?? "", kind: "num" },
  ],
  card: (one) => [titleOf(one, Date.now()), one.user],
};

const TOOLS: Part<Tool> = {
  key: "tools", label: "Tools", path: "/api/tools", one: "tool", empty: ["There is no tool yet", "A tool is what an agent's model may call: a request, an MCP server, operations of this API, or a job."],
  columns: [
    { head: "State", cell: active, kind: "status" },
    { head: "Name", cell: (one) => <Open id={one.id}>{one.name}</Open>, by: (one) => one.name ?? "", kind: "grow" },
    { head: "Kind", cell: (one) => one.kind ?? "", by: (one) => one.kind ?? "", kind: "mono" },
    { head: "Called", cell: (one) => APPROVALS[one.approval ?? "auto"], by: (one) => one.approval ?? "" },
    { head: "What it does", cell: (one) => one.description ?? "", kind: "muted wide grow" },
    { head: "Changed", cell: (one) => <Time at={one.updatedAt} />, by: (one) => one.updatedAt ?? "", kind: "num wide" },
  ],
  card: (one) => [one.name, one.kind],
};

const INSTRUCTIONS: Part<Instruction> = {
  key: "instructions", label: "Instructions", path: "/api/instructions", one: "instruction", empty: ["There is no instruction yet", "An instruction is the system prompt of agents, kept in versions."],
  columns: [
    { head: "State", cell: active, kind: "status" },
    { head: "Name", cell: (one) => <Open id={one.id}>{one.name}</Open>, by: (one) => one.name ?? "", kind: "grow" },
    { head: "Version", cell: (one) => String(one.number ?? ""), by: (one) => one.number ?? 0, kind: "num" },
    { head: "Prompt", cell: (one) => one.systemPrompt ?? "", kind: "muted wide grow" },
    { head: "Changed", cell: (one) => <Time at={one.updatedAt} />, by: (one) => one.updatedAt ?? "", kind: "num wide" },
  ],
  card: (one) => [one.name, one.systemPrompt],
};

const EVALUATIONS: Part<Evaluation> = {
  key: "evaluations", label: "Evaluations", path: "/api/evaluations", one: "evaluation", empty: ["There is no evaluation yet", "An evaluation is a set of prompts with what their answers must be. A run tries them with one candidate or with two side by side: versions of an instruction, models, or agents."],
  columns: [
    { head: "State", cell: active, kind: "status" },
    { head: "Name", cell: (one) => <Open id={one.id}>{one.name}</Open>, by: (one) => one.name ?? "", kind: "grow" },
    { head: "Cases", cell: (one) => String(one.cases?.length ?? 0), by: (one) => one.cases?.length ?? 0, kind: "num" },
    { head: "What it is for", cell: (one) => one.description ?? "", kind: "muted wide grow" },
    { head: "Tags", cell: tags, kind: "wider" },
    { head: "Changed", cell: (one) => <Time at={one.updatedAt} />, by: (one) => one.updatedAt ?? "", kind: "num wide" },
  ],
  card: (one) => [one.name, plural(one.cases?.length ?? 0, "case")],
};

/** What the button of each list makes; of conversations, an agent to talk with. */
const MAKES: Record<string, string> = { tools: "New tool", instructions: "New instruction", evaluations: "New evaluation" };

// each list is of its own records; where they are chosen among, what they have in common is enough
const PARTS = [AGENTS, CONVERSATIONS, TOOLS, INSTRUCTIONS, EVALUATIONS] as unknown as Part<any>[];

const PREFIXES: [string, string][] = [["agent_", ""], ["conv_", "conversations"], ["tool_", "tools"], ["instr_", "instructions"], ["eval_", "evaluations"]];

/** Ids say what they are of, so that an address needs no more. */
function partOf(id: string | undefined, query: string | undefined): Part<any> {
  const key = PREFIXES.find(([prefix]) => id?.startsWith(prefix))?.[1] ?? query ?? "";
  return PARTS.find((part) => part.key === key) ?? PARTS[0];
}

export function Agents() {
  const { rest, query } = place.value;
  const id = rest[0];
  if (id?.startsWith("conv_")) return <div class="with-side"><Chat id={id} key={id} /></div>;
  if (id?.startsWith("evalrun_")) return <div class="with-side"><RunPage id={id} key={id} /></div>;
  const part = partOf(id, query.part);
  return (
    <div class="with-side">
      <Listing part={part} key={part.key} />
      {id && <Detail part={part.key} id={id} like={query.like} />}
    </div>
  );
}

function Detail({ part, id, like }: { part: string; id: string; like?: string }) {
  if (part === "tools") return id === NEW ? <NewTool key={like ?? ""} like={like} /> : <ToolDetail id={id} key={id} />;
  if (part === "instructions") return id === NEW ? <NewInstruction /> : <InstructionDetail id={id} key={id} />;
  if (part === "evaluations") return id === NEW ? <NewEvaluation key={like ?? ""} like={like} /> : <EvaluationDetail id={id} key={id} />;
  return id === NEW ? <NewAgent key={like ?? ""} like={like} /> : <AgentDetail id={id} key={id} />;
}

/** As commands where the command line has them. */
function listCommand(part: Part<any>, filters: { text?: string; tag?: string; isActive?: string }): string | undefined {
  const word = { "": "list", conversations: "conversations", tools: "tools", instructions: "instructions" }[part.key];
  return word && !filters.isActive ? aiwm(["agents", word], { text: filters.text, tag: filters.tag }) : undefined;
}

function commandsOf(part: Part<any>, id: string) {
  const path = part.path + "/" + encodeURIComponent(id);
  return part.key === "" ? [{ path, cli: aiwm(["agents", "show", id]) }, { cli: aiwm(["agents", "chat", id]) }] : [{ path }];
}

function Listing({ part }: { part: Part<any> }) {
  const { rest, query } = place.value;
  const talks = part.key === "conversations";
  const filters = { ...part.query, text: query.q, tag: query.tag, isActive: talks ? undefined : query.isActive };
  const filtered = Boolean(filters.text || filters.tag || filters.isActive);
  const path = part.path + search(filters);
  const rows = useRows<Row>(path, () => new Rows<Row>({ path: part.path, query: filters, first: 500 }));
  // the bridge tells nothing of agents: they are read again while somebody looks
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) void rows.reload(); }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [rows]);
  useCommands(rest[0] && rest[0] !== NEW ? commandsOf(part, rest[0]) : [{ path, cli: listCommand(part, filters) }]);
  const items = rows.items.value as Listed<any>[];
  const none = rows.loaded.value && items.length === 0;
  return (
    <main id="main" class="parts">
      <div class="page-head"><h1 tabIndex={-1}>Agents</h1><p class="muted">{rows.total.value === null ? "" : plural(rows.total.value, part.one)}</p>
        <a class="btn primary" href={href("agents", [NEW], { part: MAKES[part.key] && part.key })}>{MAKES[part.key] ?? "New agent"}</a></div>
      <nav class="tabs" aria-label="Of agents">{PARTS.map((one) => <a key={one.key} href={href("agents", [], { part: one.key })} aria-current={one.key === part.key ? "true" : undefined}>{one.label}</a>)}</nav>
      <Waiting />
      {rows.problem.value && <Notice>{rows.problem.value.message}</Notice>}
      {none && !filtered && part.key === "" ? <FirstSteps /> : <>
        <div class="tools"><Facets facets={talks ? FACETS.slice(0, 1) : FACETS} path={part.path + search({ text: query.q })} /><Filter label={talks ? "Title or tag" : "Name, description or tag"} /></div>
        {none ? <Empty title={part.empty[0]}><p>{part.empty[1]}</p></Empty>
          : <List name={part.label} items={items} columns={part.columns} sortable total={rows.total.value} onEnd={() => void rows.more()} label={(one) => part.card(one)[0] ?? one.id}
            card={(one) => <span class="two-lines"><span class="line-1"><Open id={one.id}>{part.card(one)[0]}</Open>{part.columns.find((column) => column.head === "State")?.cell(one)}</span><span class="line-2 muted"><span>{part.card(one)[1]}</span></span></span>} />}
      </>}
    </main>
  );
}

const WAITING_MS = 4_000;

/** Calls of tools that wait for somebody: where they are decided. */
function Waiting() {
  const found = useRead<{ items?: Approval[]; totalSize?: number }>("/api/approvals?state=PENDING&pageSize=20", { every: WAITING_MS }).value.value;
  if (!found?.items?.length) return null;
  return (
    <section class="waiting" aria-label="Waiting for approval"><h3>{plural(found.totalSize ?? found.items.length, "tool call")} {found.totalSize === 1 ? "needs" : "need"} approval</h3>
      <ul class="rows">{found.items.slice(0, 5).map((one) => <li key={one.id}><a href={href("agents", [one.conversationId!])}><Status of="BLOCKED" word={one.toolName} /><span class="text mono">{one.arguments}</span><span class="muted">{one.user} · {one.onExpiry === "approve" ? "called" : "denied"} <Time at={one.expiresAt} /></span></a></li>)}</ul>
    </section>
  );
}
