/** What the server finds by name for Ctrl K: a few of each kind. */
import { call } from "../api/http";
import { search } from "../api/rows";
import { href } from "../lib/route";

export interface Hit { key: string; text: string; kind: string; status?: string; to: string }

type One = Record<string, string | undefined>;

interface Source {
  kind: string;
  path: string;
  /** A filter for a part of the name, or for the whole of it where the list has no other. */
  by: "text" | "name";
  page: string;
  query?: Record<string, string>;
  name: (one: One) => string | undefined;
}

const OF_EACH = "3";
const named = (one: One) => one.name;

const SOURCES: Source[] = [
  { kind: "Execution", path: "/api/executions", by: "name", page: "executions", name: named },
  { kind: "Job", path: "/api/jobs", by: "name", page: "jobs", name: named },
  { kind: "Schedule", path: "/api/schedules", by: "name", page: "schedules", name: named },
  { kind: "Model", path: "/api/models", by: "text", page: "models", name: named },
  { kind: "Agent", path: "/api/agents", by: "text", page: "agents", name: named },
  { kind: "Tool", path: "/api/tools", by: "text", page: "agents", query: { part: "tools" }, name: named },
  { kind: "Instruction", path: "/api/instructions", by: "text", page: "agents", query: { part: "instructions" }, name: named },
  { kind: "Evaluation", path: "/api/evaluations", by: "text", page: "agents", query: { part: "evaluations" }, name: named },
  { kind: "Conversation", path: "/api/conversations", by: "text", page: "agents", query: { part: "conversations" }, name: (one) => one.title },
];

/** A kind whose list is refused, or not there in time, has no hits: the others are shown all the same. */
export async function found(text: string, until: AbortSignal): Promise<Hit[]> {
  const all = await Promise.all(SOURCES.map(async (source): Promise<Hit[]> => {
    try {
      const page = await call<{ items?: One[] }>("GET", source.path + search({ [source.by]: text, pageSize: OF_EACH }), undefined, until);
      return (page.items ?? []).map((one) => ({
        key: source.kind + one.id, text: source.name(one) ?? one.id!, kind: source.kind, status: one.status, to: href(source.page, [one.id!], source.query),
      }));
    } catch {
      return [];
    }
  }));
  return all.flat();
}
