/** Labels of a machine as they are written, and the request that sets what was changed. Pure. */
export interface Written { name: string; role: string; zone: string; labels: string }
interface Known { name?: string; role?: string; zone?: string; labels?: Record<string, unknown> }

export const labelLines = (labels: Record<string, unknown> | undefined): string => Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`).join("\n");

export const written = (node: Known): Written => ({ name: node.name ?? "", role: node.role ?? "", zone: node.zone ?? "", labels: labelLines(node.labels) });

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const line of text.split("\n").map((one) => one.trim()).filter(Boolean)) {
    const at = line.indexOf("=");
    if (at < 1) throw new Error(`"${line}" is not a label; write name=value, one a line`);
    labels[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return labels;
}

/** What differs, as a merge patch; null: nothing does. What was emptied is null, so that it is what the worker says. */
export function patchOf(before: Written, now: Written): Record<string, unknown> | null {
  const patch: Record<string, unknown> = {};
  for (const field of ["name", "role", "zone"] as const) if (now[field].trim() !== before[field]) patch[field] = now[field].trim() || null;
  const old = labelsOf(before.labels);
  const next = labelsOf(now.labels);
  const labels = Object.fromEntries([...new Set([...Object.keys(old), ...Object.keys(next)])].filter((label) => old[label] !== next[label]).map((label) => [label, next[label] ?? null]));
  if (Object.keys(labels).length > 0) patch.labels = labels;
  return Object.keys(patch).length > 0 ? patch : null;
}
