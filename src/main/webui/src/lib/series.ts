/** Series of measured values, as charts want them. Pure. */
type Points = (number | null)[];

/** The times of the points, in seconds. */
export const axisOf = (from: string | undefined, stepSeconds: number, points: number): number[] => {
  const start = Date.parse(from ?? "") / 1000;
  return Array.from({ length: points }, (_, i) => start + i * stepSeconds);
};

/** Points without a neighbour: no line goes through them, so that they are drawn by themselves. */
export function alone(points: Points): number[] {
  const found: number[] = [];
  points.forEach((value, i) => { if (value !== null && (points[i - 1] ?? null) === null && (points[i + 1] ?? null) === null) found.push(i); });
  return found;
}

/** More series than can be told apart, as three: the mean, the highest and the lowest of each time. */
export function spread(all: Points[]): { mean: Points; highest: Points; lowest: Points } {
  const at = (i: number) => all.map((one) => one[i]).filter((value): value is number => value != null);
  const of = (sum: (values: number[]) => number): Points => (all[0] ?? []).map((_, i) => (at(i).length > 0 ? sum(at(i)) : null));
  return { mean: of((values) => values.reduce((a, b) => a + b, 0) / values.length), highest: of((values) => Math.max(...values)), lowest: of((values) => Math.min(...values)) };
}

/** How often nothing was measured for a time, between two measurements. */
export function gaps(points: Points): number {
  const known = points.map((value) => value !== null);
  const first = known.indexOf(true);
  const last = known.lastIndexOf(true);
  let count = 0;
  for (let i = first + 1; i < last; i++) if (!known[i] && known[i - 1]) count++;
  return first < 0 ? 0 : count;
}

/** Where its newest value stands; -1: it has none. */
export function newestOf(points: readonly (number | null)[]): number {
  let at = points.length - 1;
  while (at >= 0 && points[at] === null) at--;
  return at;
}
