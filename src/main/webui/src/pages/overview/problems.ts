/** What somebody should look at, most urgent first. Pure. */
import type { ClusterStats, Deployment, Node } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { href } from "../../lib/route";
import { nodeReason, nodeStatus } from "../../lib/status";

export interface Wrong { key: string; status: string; text: string; why?: string; to: string }

const MOST = 8;
/** As the scheduler begins its reasons. */
const NEVER = "no node can ever fit";
const BAD_NODES: [string, string, string][] = [["GPU_ERROR", "node has a GPU error", "nodes have a GPU error"], ["UNHEALTHY", "node is unhealthy", "nodes are unhealthy"],
  ["HELD", "node is gone, its work is held", "nodes are gone, their work is held"], ["OFFLINE", "node is offline", "nodes are offline"]];
const BAD_DEPLOYMENTS: [string, string, string][] = [["FAILED", "deployment has failed", "deployments have failed"], ["DEGRADED", "deployment is degraded", "deployments are degraded"]];

function by<T>(items: readonly T[], state: (item: T) => string): Map<string, T[]> {
  const all = new Map<string, T[]>();
  for (const item of items) {
    const key = state(item);
    const group = all.get(key);
    if (group) group.push(item);
    else all.set(key, [item]);
  }
  return all;
}

export function problemsOf(nodes: readonly Node[], deployments: readonly Deployment[], stats: ClusterStats | null): Wrong[] {
  const found: Wrong[] = [];
  const storm = stats?.storm;
  if (storm?.active) {
    found.push({ key: "storm", status: "HELD", text: `A storm: ${plural(storm.vanished ?? 0, "node")} of ${storm.up ?? "?"} vanished together`, why: "their work is held and not started elsewhere", to: href("nodes", [], { status: "HELD" }) });
  }
  const deployed = by(deployments, (one) => one.status);
  for (const [status, one, many] of BAD_DEPLOYMENTS) {
    const bad = deployed.get(status) ?? [];
    if (bad.length === 1) found.push({ key: bad[0].id, status, text: `${bad[0].name}: ${one.replace("deployment ", "")}`, why: bad[0].statusReason, to: href("deployments", [bad[0].id]) });
    else if (bad.length > 1) found.push({ key: status, status, text: plural(bad.length, one, many), to: href("deployments", [], { status }) });
  }
  // what nothing but a change of the fleet or of the wish can start
  const never = deployments.filter((one) => one.statusReason?.startsWith(NEVER) && one.status !== "STOPPED" && !BAD_DEPLOYMENTS.some(([status]) => status === one.status));
  if (never.length === 1) found.push({ key: never[0].id, status: "BLOCKED", text: `${never[0].name} fits nowhere`, why: never[0].statusReason, to: href("deployments", [never[0].id]) });
  else if (never.length > 1) found.push({ key: "never", status: "BLOCKED", text: plural(never.length, "deployment fits", "deployments fit") + " nowhere", to: href("deployments", [], { status: never[0].status }) });
  const seen = by(nodes, nodeStatus);
  for (const [status, one, many] of BAD_NODES) {
    const bad = seen.get(status) ?? [];
    if (bad.length === 1) found.push({ key: bad[0].id, status, text: `${bad[0].name || bad[0].id}: ${one.replace("node ", "")}`, why: nodeReason(bad[0]), to: href("nodes", [bad[0].id]) });
    else if (bad.length > 1) found.push({ key: "n" + status, status, text: plural(bad.length, one, many), to: href("nodes", [], { status }) });
  }
  return found.slice(0, MOST);
}
