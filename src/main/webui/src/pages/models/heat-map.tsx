import { useMemo } from "preact/hooks";
import { deployments } from "../../api/fleet";
import { grouped, plural } from "../../lib/format";
import { type Heat, heatOf } from "../../lib/heat";
import { href } from "../../lib/route";
import { Empty, Glyph } from "../../ui/basic";

const MOST_NODES = 200;
const MOST_MODELS = 200;
const SHADES = 4;

/** Models and nodes as a table: how many replicas of which serve where. */
export function HeatMap() {
  const all = deployments.items.value;
  const map = useMemo(() => heatOf(all), [all]);
  const nodes = map.nodes.slice(0, MOST_NODES);
  const models = map.models.slice(0, MOST_MODELS);
  if (deployments.loaded.value && models.length === 0) return <Empty title="No model is served anywhere"><p>A deployment with replicas has a row here, and each node that has one of them a column.</p></Empty>;
  return (
    <>
      <p class="muted">{plural(map.models.length, "model")} on {plural(map.nodes.length, "node")}: replicas there; <span class="warn"><Glyph name="warn" /></span> where some are not ready.
        {map.nodes.length > MOST_NODES && ` The first ${MOST_NODES} of ${grouped(map.nodes.length)} nodes.`}{map.models.length > MOST_MODELS && ` The first ${MOST_MODELS} models.`}</p>
      <div class="scroll-x heat" tabIndex={0} role="region" aria-label="Models and nodes">
        <table><thead><tr><td />{nodes.map((node) => <th key={node} scope="col"><a href={href("nodes", [node])}>{node}</a></th>)}</tr></thead>
          <tbody>{models.map((model) => <tr key={model}><th scope="row" title={model}><a href={href("deployments", [], { q: model })}>{model}</a></th>{nodes.map((node) => <Cell key={node} heat={map.at(model, node)} hottest={map.hottest} says={`${model} on ${node}`} />)}</tr>)}</tbody>
        </table>
      </div>
    </>
  );
}

function Cell({ heat, hottest, says }: { heat: Heat | undefined; hottest: number; says: string }) {
  if (!heat) return <td />;
  const shade = Math.max(1, Math.ceil((SHADES * heat.replicas) / Math.max(1, hottest)));
  return <td class={"h" + shade} title={`${says}: ${plural(heat.replicas, "replica")}, ${heat.ready} ready`}>{heat.replicas}{heat.ready < heat.replicas && <><span class="warn"><Glyph name="warn" /></span><span class="unseen">{heat.ready} ready</span></>}</td>;
}
