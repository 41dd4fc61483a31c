// What the page knows: one map per kind, filled by lists and kept fresh by events.
import { call } from "./api.js";

const MOST = 500;
/** As far as lists look: 2026-11-21T00:00:00.123456 */
const MICROS = 26;
/** Kinds whose lists are newest first. */
const BY_AGE = new Set(["deployments", "executions"]);

/** By the time of creation, then by id, as the lists of the API. The time's last letter would be more than any digit. */
function newer(one, other) {
  const [a, b] = [one, other].map(({ createdAt }) => (createdAt ?? "").replace("Z", "").slice(0, MICROS));
  return a === b ? one.id > other.id : a > b;
}

/** With the item where the list would have it; an event may be of an old record. */
function placed(map, item) {
  const entries = [...map];
  const at = entries.findIndex(([, other]) => newer(item, other));
  entries.splice(at < 0 ? entries.length : at, 0, [item.id, item]);
  return new Map(entries.slice(0, MOST));
}

export class Store {
  constructor(onChange) {
    this.onChange = onChange;
    this.kinds = { nodes: new Map(), deployments: new Map(), executions: new Map() };
    this.problems = {};
    this.totals = {};
  }

  async reload() {
    await Promise.all(Object.keys(this.kinds).map((kind) => this.read(kind)));
  }

  async read(kind) {
    try {
      const page = await call("GET", `/api/${kind}?pageSize=200`);
      const fresh = new Map(page.items.map((item) => [item.id, item]));
      // an event may have been faster than the list
      for (const [id, item] of fresh) {
        const known = this.kinds[kind].get(id);
        if (known && known.version > item.version) fresh.set(id, { ...item, ...known });
      }
      this.kinds[kind] = fresh;
      this.totals[kind] = page.totalSize ?? fresh.size;
      delete this.problems[kind];
    } catch (refusal) {
      this.problems[kind] = refusal.message;
    }
    this.onChange();
  }

  /** Reads one record fully, for the inspector. */
  async readOne(kind, id) {
    try {
      this.merge(kind, await call("GET", `/api/${kind}/${encodeURIComponent(id)}`));
    } catch (refusal) {
      if (refusal.status === 404) this.kinds[kind].delete(id);
    }
    this.onChange();
  }

  apply({ kind, items, omitted }) {
    if (!this.kinds[kind]) return;
    for (const item of items) {
      if (item.deleted) this.kinds[kind].delete(item.id);
      else this.merge(kind, item);
    }
    if (omitted > 0) this.read(kind);
    this.onChange();
  }

  merge(kind, item) {
    const map = this.kinds[kind];
    const known = map.get(item.id);
    if (!known) {
      if (BY_AGE.has(kind)) this.kinds[kind] = placed(map, item);
      else map.set(item.id, item);
      this.totals[kind] = (this.totals[kind] ?? 0) + 1;
    } else if (item.version === undefined || !(known.version > item.version)) {
      map.set(item.id, { ...known, ...item });
    }
  }
}
