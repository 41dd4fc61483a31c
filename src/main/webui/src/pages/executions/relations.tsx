import { useRead } from "../../api/hooks";
import { search } from "../../api/rows";
import type { Execution } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { href } from "../../lib/route";
import { Status, Time } from "../../ui/basic";

interface Found { items?: Execution[]; totalSize?: number }

const LATER = 10;
const EVERY_MS = 30_000;

/** Runs of the same: of what it is for, else of the same name. Null: it has no kin, or its kin are parts of one whole. */
function kin(one: Execution): Record<string, string> | null {
  if (one.parentExecutionId) return null;
  if (one.resourceId) return { resourceId: one.resourceId, ...(one.type && { type: one.type }) };
  return one.name ? { name: one.name, ...(one.category && { category: one.category }) } : null;
}

/** The run before, the run after, and what it began: the way from one to the other. */
export function Relations({ one }: { one: Execution }) {
  const same = one.createdAt ? kin(one) : null;
  const earlier = useRead<Found>(same && "/api/executions" + search({ ...same, createdBefore: one.createdAt, pageSize: 1 })).value.value;
  const later = useRead<Found>(same && "/api/executions" + search({ ...same, createdAfter: one.createdAt, pageSize: LATER }), { every: EVERY_MS }).value.value;
  const children = useRead<Found>("/api/executions" + search({ parentExecutionId: one.id, pageSize: 1 })).value.value;
  const before = earlier?.items?.[0];
  const news = later?.items?.filter((other) => other.id !== one.id) ?? [];
  // of very many later ones the next is not among those that were read
  const many = (later?.totalSize ?? 0) > LATER;
  const after = many ? news[0] : news.at(-1);
  if (!before && !after && !children?.totalSize) return null;
  return (
    <nav class="relations" aria-label="Other runs">
      {before && <a href={href("executions", [before.id!])}><span aria-hidden="true">‹ </span>run before <Status of={before.status} /> <Time at={before.createdAt} /></a>}
      {after && <a href={href("executions", [after.id!])}>{many ? "newest run" : "next run"} <Status of={after.status} /> <Time at={after.createdAt} /><span aria-hidden="true"> ›</span></a>}
      {(children?.totalSize ?? 0) > 0 && <a href={href("executions", [], { parent: one.id })}>{plural(children!.totalSize!, "execution")} of its own</a>}
    </nav>
  );
}
