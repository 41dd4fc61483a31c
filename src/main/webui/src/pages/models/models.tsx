import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { useRows } from "../../api/hooks";
import { Rows, search } from "../../api/rows";
import type { Model } from "../../api/types.gen";
import { aiwm } from "../../lib/command";
import type { Facet } from "../../lib/facets";
import { bytes, plural } from "../../lib/format";
import { href, place } from "../../lib/route";
import { lookOf } from "../../lib/status";
import { Empty, Notice, Status, Time } from "../../ui/basic";
import { useCommands } from "../../ui/command-menu";
import { Facets } from "../../ui/facets";
import { Filter } from "../../ui/filter";
import { type Column, List, Open } from "../../ui/list";
import { ListTools } from "../../ui/list-tools";
import { ModelDetail } from "./model-detail";

export type ModelRow = Model & { id: string };

const AGAIN_MS = 5_000;
const FACETS: Facet<ModelRow>[] = [
  { param: "task", title: "Task", of: (model) => [model.task], word: (task) => task.replace("-", " ") },
  { param: "tag", title: "Tag", of: (model) => model.tags ?? [] },
  { param: "format", title: "Format", of: (model) => [model.newest?.format] },
  { param: "state", title: "Newest version", of: (model) => [model.newest?.state], word: (state) => lookOf(state).word },
];

const aliases = (model: Model) => Object.entries(model.aliases ?? {}).map(([alias, number]) => <span class="tag" key={alias}>{alias} → {number}</span>);

const COLUMNS: Column<ModelRow>[] = [
  { head: "Newest", cell: (model) => (model.newest ? <Status of={model.newest.state} detail={"version " + model.newest.number} /> : <Status of="PENDING" word="No version" />), kind: "status" },
  { head: "Name", cell: (model) => <Open id={model.id}>{model.name}</Open>, by: (model) => model.name ?? "", kind: "grow" },
  { head: "Task", cell: (model) => model.task ?? "—", by: (model) => model.task ?? "", kind: "wider" },
  { head: "Format", cell: (model) => model.newest?.format ?? "—", kind: "wider" },
  { head: "Size", cell: (model) => bytes(model.newest?.sizeBytes), by: (model) => model.newest?.sizeBytes ?? 0, kind: "num" },
  { head: "Aliases", cell: aliases, kind: "wide grow" },
  { head: "Tags", cell: (model) => (model.tags ?? []).map((tag) => <span class="tag" key={tag}>{tag}</span>), kind: "wider" },
  { head: "Changed", cell: (model) => <Time at={model.updatedAt} />, by: (model) => model.updatedAt ?? "", kind: "num wide" },
];

function Card({ model }: { model: ModelRow }) {
  return (
    <span class="two-lines"><span class="line-1"><Open id={model.id}>{model.name}</Open>{model.newest ? <Status of={model.newest.state} /> : <Status of="PENDING" word="No version" />}</span>
      <span class="line-2 muted"><span>{bytes(model.newest?.sizeBytes)}</span><span>{aliases(model)}</span></span></span>
  );
}

export function Models() {
  const { rest, query } = place.value;
  const filters = { text: query.q, task: query.task, tag: query.tag, format: query.format, state: query.state };
  const filtered = Object.values(filters).some(Boolean);
  const path = "/api/models" + search(filters);
  const rows = useRows<ModelRow>(path, () => new Rows<ModelRow>({ path: "/api/models", query: filters, first: 500 }));
  // the bridge tells nothing of models: they are read again while somebody looks
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) void rows.reload(); }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [rows]);
  useCommands([rest[0] && rest[0] !== "upload" && rest[0] !== "fetch" ? { path: "/api/models/" + encodeURIComponent(rest[0]), cli: aiwm(["models", "versions", rest[0]]) } : { path, cli: aiwm(["models", "list"]) }]);
  const items = rows.items.value;
  return (
    <div class="with-side">
      <main id="main">
        <div class="page-head"><h1 tabIndex={-1}>Models</h1><p class="muted">{rows.total.value === null ? "" : plural(rows.total.value, "model")}</p>
          <a class="btn" href={href("models", ["fetch"])}>Fetch from a hub</a><a class="btn primary" href={href("models", ["upload"])}>Upload</a></div>
        {rows.problem.value && <Notice>{rows.problem.value.message}</Notice>}
        <nav class="tabs" aria-label="Views"><a href={href("models")} aria-current={query.view !== "where" ? "true" : undefined}>All models</a><a href={href("models", [], { view: "where" })} aria-current={query.view === "where" ? "true" : undefined}>Placement</a></nav>
        {query.view === "where" ? <Later key="where" of={() => import("./heat-map").then((it) => it.HeatMap)} /> : <>
        <div class="tools"><Facets facets={FACETS} path={"/api/models" + search({ text: query.q })} /><span class="find"><Filter label="Name, description or tag" /><ListTools list="Models" columns={COLUMNS} /></span></div>
        {rows.loaded.value && items.length === 0
          ? filtered ? <Empty title="No model fits"><p>Another filter may find some.</p></Empty>
            : <Empty title="There is no model yet"><p>A model is kept here once, by name and version, and comes to the nodes that need it. Upload a file, or fetch one from a hub.</p><p>From a terminal: <code>aiwm models upload ./model.gguf --name qwen --task text-generation</code></p></Empty>
          : <List name="Models" items={items} columns={COLUMNS} card={(model) => <Card model={model} />} label={(model) => model.name ?? model.id} sortable total={rows.total.value} onEnd={() => void rows.more()} />}
        </>}
      </main>
      {rest[0] === "upload" ? <Later key="upload" of={() => import("./upload").then((it) => it.Upload)} /> : rest[0] === "fetch" ? <Later key="fetch" of={() => import("./fetch").then((it) => it.Fetch)} />
        : rest[0] && <ModelDetail id={rest[0]} key={rest[0]} />}
    </div>
  );
}

function Later({ of }: { of: () => Promise<ComponentType> }) {
  const loaded = useSignal<ComponentType | null>(null);
  useEffect(() => { void of().then((it) => { loaded.value = it; }); }, []);
  const Loaded = loaded.value;
  return Loaded && <Loaded />;
}
