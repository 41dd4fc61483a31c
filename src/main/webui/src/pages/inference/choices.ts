/** Which names a form offers to be called, and the one that is chosen unless somebody says another. Pure. */
import type { InferenceModel } from "../../api/types.gen";
import { lookOf } from "../../lib/status";

/** An alias leads somewhere, a service elsewhere is taken as it is, of a deployment a replica is ready or can be woken. */
const answers = (one: InferenceModel): boolean => (one.kind === "alias" ? one.state === "RESOLVED" : one.kind === "endpoint" ? !one.reason : (one.ready ?? 0) > 0 || one.state === "ASLEEP");

/** The first that would answer now; where none would, the first. */
export const firstOf = (models: readonly InferenceModel[]): string => (models.find(answers) ?? models[0])?.name ?? "";

/** For a select, with what speaks against a name; `chosen` is offered whether it is there or not. */
export function choicesOf(models: readonly InferenceModel[], chosen: string): [string, string][] {
  const known = models.map((one): [string, string] => [one.name, `${one.name} (${one.kind}${answers(one) ? "" : one.kind === "deployment" ? ", " + lookOf(one.state).word.toLowerCase() : one.kind === "alias" ? ", names nothing" : ", not usable"})`]);
  return models.some((one) => one.name === chosen) ? known : [[chosen, chosen], ...known];
}
