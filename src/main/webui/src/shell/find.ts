/** What the server finds by name for Ctrl K: a few of each kind. */
import { call } from "../api/http";
import { search } from "../api/rows";
import { href } from "../lib/route";

export interface Hit { key: string; text: string; kind: string; status?: string; to: string }

type One = Record<string, string | undefined>;

interface Source {
  kind: string;
  path: string;
  /** The list's filter for a part of the name; with "text" also for one of the description. */
  by: "text" | "q";
  page: string;
  /** The part of the page where its list is; absent: one has an address of its own. */
  part?: string;
  query?: Record<string, string>;
  name: (one: One) => string | undefined;
}

const OF_EACH = "3";
const named = (one: One) => one.name;

const SOURCES: Source[] = [
  { kind: "Execution", path: "/api/executions", by: "q", page: "executions", name: named },
  { kind: "Job", path: "/api/jobs", by: "q", page: "jobs", name: named },
  { kind: "Schedule", path: "/api/schedules", by: "q", page: "schedules", name: named },
  { kind: "Model", path: "/api/models", by: "text", page: "models", name: named },
  { kind: "Agent", path: "/api/agents", by: "text", page: "agents", name: named },
  { kind: "Tool", path: "/api/tools", by: "text", page: "agents", query: { part: "tools" }, name: named },
  { kind: "Instruction", path: "/api/instructions", by: "text", page: "agents", query: { part: "instructions" }, name: named },
  { kind: "Evaluation", path: "/api/evaluations", by: "text", page: "agents", query: { part: "evaluations" }, name: named },
  { kind: "Conversation", path: "/api/conversations", by: "text", page: "agents", query: { part: "conversations" }, name: (one) => one.title },
  { kind: "User", path: "/api/users", by: "q", page: "settings", part: "users", name: (one) => one.username ?? one.id },
  { kind: "API key", path: "/api/api-keys", by: "q", page: "settings", part: "keys", name: named },
];

/** A kind whose list is refused, or not there in time, has no hits: the others are shown all the same. */
export async function found(text: string, until: AbortSignal): Promise<Hit[]> {
  const all = await Promise.all(SOURCES.map(async (source): Promise<Hit[]> => {
    try {
      const page = await call<{ items?: One[] }>("GET", source.path + search({ [source.by]: text, pageSize: OF_EACH }), undefined, until);
      return (page.items ?? []).map((one) => ({
        key: source.kind + one.id, text: source.name(one) ?? one.id!, kind: source.kind, status: one.status, to: href(source.page, [source.part ?? one.id!], source.query),
      }));
    } catch {
      return [];
    }
  }));
  return all.flat();
}
