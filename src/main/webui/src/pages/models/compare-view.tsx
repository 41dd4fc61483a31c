/** Which of two versions is which: what they are, whom they serve, and which files differ. */
import { deployments } from "../../api/fleet";
import { useRead } from "../../api/hooks";
import { at } from "../../api/http";
import type { Model, ModelVersion } from "../../api/types.gen";
import { bytes, plural } from "../../lib/format";
import { place, setQuery } from "../../lib/route";
import { Notice } from "../../ui/basic";
import { compared, fileChanges } from "./compare";

const MARKS = { added: "+", removed: "−", changed: "≠", same: "=" } as const;

export function Compare({ model, versions }: { model: Model; versions: ModelVersion[] }) {
  const numbers = versions.map((one) => String(one.number));
  const pick = (param: string, usual: string) => (numbers.includes(place.value.query[param]) ? place.value.query[param] : usual);
  const [a, b] = [pick("a", numbers[1] ?? numbers[0]), pick("b", numbers[0])];
  const left = useRead<ModelVersion>(a ? at("models", model.id!, "versions", a) : null);
  const right = useRead<ModelVersion>(b ? at("models", model.id!, "versions", b) : null);
  const [from, to] = [left.value.value, right.value.value];
  if (numbers.length < 2) return <p class="muted">It takes two versions to compare.</p>;
  const names = (version: ModelVersion) => Object.entries(model.aliases ?? {}).filter(([, number]) => number === version.number).map(([alias]) => alias);
  const users = (version: ModelVersion) => deployments.items.value.filter((one) => (one.model?.name === model.name || one.model?.id === model.id) && one.model?.number === version.number).map((one) => one.name);
  const choice = (param: string, label: string, value: string) => (
    <label class="field"><span>{label}</span><select name={param} value={value} onChange={(event) => setQuery({ [param]: event.currentTarget.value })}>{numbers.map((one) => <option key={one} value={one}>version {one}</option>)}</select></label>
  );
  return (
    <>
      <div class="side-by-side">{choice("a", "Compare", a)}{choice("b", "with", b)}</div>
      <Notice>{left.problem.value?.message ?? right.problem.value?.message}</Notice>
      {a === b && <p class="muted">Choose two that differ.</p>}
      {from && to && a !== b && <>
        <div class="scroll-x" tabIndex={0} role="region" aria-label="What differs"><table class="plain versions-compared"><thead><tr><td /><th scope="col">Version {from.number}</th><th scope="col">Version {to.number}</th></tr></thead>
          <tbody>{compared(from, to, model.license, users, names).map((row) => <tr key={row.name} class={row.same ? undefined : "picked"}><th scope="row">{row.name}</th><td>{row.a}</td><td>{row.same ? <span class="muted">the same</span> : row.b}</td></tr>)}</tbody></table></div>
        <Files from={from} to={to} />
      </>}
    </>
  );
}

function Files({ from, to }: { from: ModelVersion; to: ModelVersion }) {
  const changes = fileChanges(from.files ?? [], to.files ?? []);
  const differ = changes.filter((one) => one.what !== "same");
  return (
    <section aria-label="Files">
      <h3>{differ.length === 0 ? `All ${plural(changes.length, "file")} are the same` : `${plural(differ.length, "file")} of ${changes.length} ${differ.length === 1 ? "differs" : "differ"}`}</h3>
      <ul class="file-changes">{changes.map((one) => <li key={one.path}><span class="mono" aria-hidden="true">{MARKS[one.what]}</span> <span class="mono path">{one.path}</span> <span class="muted">{one.what}, {one.a && one.b && one.what === "changed" ? `${bytes(one.a.sizeBytes)} → ${bytes(one.b.sizeBytes)}` : bytes((one.b ?? one.a)?.sizeBytes)}</span></li>)}</ul>
    </section>
  );
}
