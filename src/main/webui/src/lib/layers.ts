/** Where the steps of a graph stand: in layers from left to right, with few crossings. Pure. */

export interface GraphStep { index: number; name: string; status: string; dependsOn: number[] }
export interface Box { key: string; steps: GraphStep[]; layer: number; row: number; x: number; y: number }
export interface Edge { from: Box; to: Box }
export interface Layout { boxes: Box[]; edges: Edge[]; width: number; height: number; boxOf: Map<number, Box> }

export const BOX_WIDTH = 148;
export const BOX_HEIGHT = 44;
const GAP_X = 44;
const GAP_Y = 16;
const MARGIN = 12;
/** Steps that are alike in what they wait for and what waits for them are one box from this many on. */
const ALIKE = 5;
const SWEEPS = 4;

/** "eval-3" and "eval[12]" are of one family. */
const family = (name: string) => name.replace(/[-_.\s[(#]*\d+[\])]*$/, "");

function folded(steps: GraphStep[], open: ReadonlySet<string>): { key: string; steps: GraphStep[] }[] {
  const after = new Map<number, number[]>();
  for (const step of steps) for (const before of step.dependsOn) after.set(before, [...(after.get(before) ?? []), step.index]);
  const groups = new Map<string, GraphStep[]>();
  for (const step of steps) {
    const key = `${family(step.name)}|${step.dependsOn.join()}|${(after.get(step.index) ?? []).join()}`;
    const group = groups.get(key);
    if (group) group.push(step);
    else groups.set(key, [step]);
  }
  return [...groups].flatMap(([key, all]) => (all.length >= ALIKE && !open.has(key) ? [{ key, steps: all }] : all.map((step) => ({ key: String(step.index), steps: [step] }))));
}

export function layout(steps: GraphStep[], open: ReadonlySet<string> = new Set()): Layout {
  const boxes: Box[] = folded(steps, open).map((group) => ({ ...group, layer: 0, row: 0, x: 0, y: 0 }));
  const boxOf = new Map(boxes.flatMap((box) => box.steps.map((step) => [step.index, box] as const)));
  const before = new Map(boxes.map((box) => [box, [...new Set(box.steps.flatMap((step) => step.dependsOn.map((index) => boxOf.get(index))))].filter((one): one is Box => one !== undefined && one !== box)]));
  const layered = new Set<Box>();
  const layerOf = (box: Box): number => {
    if (!layered.has(box)) {
      layered.add(box);
      for (const one of before.get(box)!) box.layer = Math.max(box.layer, layerOf(one) + 1);
    }
    return box.layer;
  };
  boxes.forEach(layerOf);
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
  return { boxes, edges, boxOf, width: 2 * MARGIN + layers.length * (BOX_WIDTH + GAP_X) - GAP_X, height: 2 * MARGIN + tallest * (BOX_HEIGHT + GAP_Y) - GAP_Y };
}

/** Each box as near as can be to the middle of its neighbours, from left to right and back. */
function order(layers: Box[][], edges: Edge[]): void {
  const left = new Map<Box, Box[]>();
  const right = new Map<Box, Box[]>();
  for (const { from, to } of edges) {
    left.set(to, [...(left.get(to) ?? []), from]);
    right.set(from, [...(right.get(from) ?? []), to]);
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
