/** Where the steps of a graph stand: in layers from left to right, with few crossings. Pure. */

export interface GraphStep { index: number; name: string; status: string; dependsOn: number[] }
/** @property title what it is called; of a step of its own its name */
export interface Box { key: string; title: string; steps: GraphStep[]; layer: number; row: number; x: number; y: number }
export interface Edge { from: Box; to: Box }
/** @property stages whether steps are one box that are alike in nothing but their place, because there are so many */
export interface Layout { boxes: Box[]; edges: Edge[]; width: number; height: number; boxOf: Map<number, Box>; stages: boolean }

export const BOX_WIDTH = 148;
export const BOX_HEIGHT = 44;
const GAP_X = 44;
const GAP_Y = 16;
const MARGIN = 12;
/** Steps that are alike in what they wait for and what waits for them are one box from this many on. */
const ALIKE = 5;
const SWEEPS = 4;
/** More boxes than these are not drawn at first: steps of one stage are one box then. */
export const MOST_BOXES = 300;
/** A box of more steps than these opens into boxes of PART steps. */
const MOST_OPENED = 100;
const PART = 50;

/** "eval-3" and "eval[12]" are of one family. */
const family = (name: string) => name.replace(/[-_.\s[(#]*\d+[\])]*$/, "");

function add<K, V>(to: Map<K, V[]>, key: K, value: V): void {
  const all = to.get(key);
  if (all) all.push(value);
  else to.set(key, [value]);
}

interface Group { key: string; title: string; steps: GraphStep[] }

/** In which stage each step is: behind everything that it waits for. */
function layersOf(steps: GraphStep[]): Map<number, number> {
  const layers = new Map(steps.map((step) => [step.index, 0]));
  const after = new Map<number, number[]>();
  const left = new Map<number, number>();
  for (const step of steps) {
    const known = step.dependsOn.filter((index) => layers.has(index));
    left.set(step.index, known.length);
    for (const before of known) add(after, before, step.index);
  }
  const ready = steps.filter((step) => left.get(step.index) === 0).map((step) => step.index);
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    for (const next of after.get(index) ?? []) {
      layers.set(next, Math.max(layers.get(next)!, layers.get(index)! + 1));
      left.set(next, left.get(next)! - 1);
      if (left.get(next) === 0) ready.push(next);
    }
  }
  return layers;
}

function grouped(steps: GraphStep[], keyOf: (step: GraphStep) => string, least: number): Group[] {
  const groups = new Map<string, GraphStep[]>();
  for (const step of steps) add(groups, keyOf(step), step);
  return [...groups].flatMap(([key, all]) => (all.length >= least ? [{ key, title: titleOf(all), steps: all }] : all.map(single)));
}

const single = (step: GraphStep): Group => ({ key: String(step.index), title: step.name, steps: [step] });

function titleOf(steps: GraphStep[]): string {
  const name = family(steps[0].name);
  return steps.every((step) => family(step.name) === name) ? `${name} ×${steps.length}` : `${steps.length} steps`;
}

/** What of a group is drawn where it is open: its steps, or parts of it that open in their turn. */
function opened(group: Group, open: ReadonlySet<string>): Group[] {
  if (!open.has(group.key)) return [group];
  if (group.steps.length <= MOST_OPENED) return group.steps.map(single);
  const parts = Array.from({ length: Math.ceil(group.steps.length / PART) }, (_, i) => group.steps.slice(i * PART, (i + 1) * PART));
  return parts.flatMap((part, i) => opened({ key: `${group.key}/${i}`, title: part.length === 1 ? part[0].name : titleOf(part), steps: part }, open));
}

/** The same groups whichever are open, so that a box that is opened does not become another one. */
function folded(steps: GraphStep[], layers: Map<number, number>): { groups: Group[]; stages: boolean } {
  const after = new Map<number, number[]>();
  for (const step of steps) for (const before of step.dependsOn) add(after, before, step.index);
  const alike = grouped(steps, (step) => `${family(step.name)}|${step.dependsOn.join()}|${(after.get(step.index) ?? []).join()}`, ALIKE);
  if (alike.length <= MOST_BOXES) return { groups: alike, stages: false };
  const sorted = [...steps].sort((a, b) => layers.get(a.index)! - layers.get(b.index)! || a.index - b.index);
  const families = grouped(sorted, (step) => `${layers.get(step.index)}|${family(step.name)}`, 2);
  if (families.length <= MOST_BOXES) return { groups: families, stages: true };
  // neighbouring stages together, where there are more than boxes
  const wide = Math.ceil((Math.max(...layers.values()) + 1) / MOST_BOXES);
  return { groups: grouped(sorted, (step) => `${wide}:${Math.floor(layers.get(step.index)! / wide)}`, 2), stages: true };
}

export function layout(steps: GraphStep[], open: ReadonlySet<string> = new Set()): Layout {
  const { groups, stages } = folded(steps, layersOf(steps));
  const boxes: Box[] = groups.flatMap((group) => opened(group, open)).map((group) => ({ ...group, layer: 0, row: 0, x: 0, y: 0 }));
  const boxOf = new Map(boxes.flatMap((box) => box.steps.map((step) => [step.index, box] as const)));
  const before = new Map(boxes.map((box) => [box, [...new Set(box.steps.flatMap((step) => step.dependsOn.map((index) => boxOf.get(index))))].filter((one): one is Box => one !== undefined && one !== box)]));
  const number = new Map(boxes.map((box, index) => [box, index]));
  const places = layersOf(boxes.map((box, index) => ({ index, name: "", status: "", dependsOn: before.get(box)!.map((one) => number.get(one)!) })));
  boxes.forEach((box, index) => { box.layer = places.get(index)!; });
  const layers: Box[][] = [];
  for (const box of boxes) (layers[box.layer] ??= []).push(box);
  const edges = boxes.flatMap((to) => before.get(to)!.map((from) => ({ from, to })));
  order(layers, edges);
  const tallest = Math.max(1, ...layers.map((layer) => layer.length));
  for (const layer of layers) {
    layer.forEach((box, row) => {
      box.row = row;
      box.x = MARGIN + box.layer * (BOX_WIDTH + GAP_X);
      box.y = MARGIN + (row + (tallest - layer.length) / 2) * (BOX_HEIGHT + GAP_Y);
    });
  }
  return { boxes, edges, boxOf, stages, width: 2 * MARGIN + layers.length * (BOX_WIDTH + GAP_X) - GAP_X, height: 2 * MARGIN + tallest * (BOX_HEIGHT + GAP_Y) - GAP_Y };
}

/** Each box as near as can be to the middle of its neighbours, from left to right and back. */
function order(layers: Box[][], edges: Edge[]): void {
  const left = new Map<Box, Box[]>();
  const right = new Map<Box, Box[]>();
  for (const { from, to } of edges) {
    add(left, to, from);
    add(right, from, to);
  }
  for (const layer of layers) layer.forEach((box, row) => { box.row = row - layer.length / 2; });
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const centre = new Map(layer.map((box) => {
        const near = (down ? left : right).get(box) ?? [];
        return [box, near.length === 0 ? box.row : near.reduce((sum, one) => sum + one.row, 0) / near.length];
      }));
      layer.sort((a, b) => centre.get(a)! - centre.get(b)!);
      layer.forEach((box, row) => { box.row = row - layer.length / 2; });
    }
  }
}
