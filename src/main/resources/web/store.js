// What the page knows: one map per kind, filled by lists and kept fresh by events.
import { call } from "./api.js";

const MOST = 500;

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
      // the newest stands first, as the list has it
      if (kind === "executions") this.kinds[kind] = new Map([[item.id, item], ...[...map].slice(0, MOST - 1)]);
      else map.set(item.id, item);
      this.totals[kind] = (this.totals[kind] ?? 0) + 1;
    } else if (item.version === undefined || !(known.version > item.version)) {
      map.set(item.id, { ...known, ...item });
    }
  }
}
