/** Whose a reservation is, from its id. Pure. */
export interface Claimant { kind: "executions" | "deployments"; id: string; /** The step, or the replica. */ part: number; attempt?: number }

/** `<execution>.<step>.<attempt>` or `<deployment>/<replica>`; null: another form. */
export function claimant(id: string): Claimant | null {
  const replica = /^(dep_\w+)\/(\d+)$/.exec(id);
  if (replica) return { kind: "deployments", id: replica[1], part: Number(replica[2]) };
  const step = /^(\w+)\.(\d+)\.(\d+)$/.exec(id);
  return step && { kind: "executions", id: step[1], part: Number(step[2]), attempt: Number(step[3]) };
}
