import { inZone } from "../../lib/schedule";
import { Time } from "../../ui/basic";

/** Times as the clocks of the schedule's zone show them, and how long that is from now. */
export function NextRuns({ times, zone }: { times: string[]; zone: string }) {
  return <ol class="next-runs">{times.map((time) => <li key={time}><span class="mono">{inZone(time, zone)}</span> <span class="muted"><Time at={time} /></span></li>)}</ol>;
}
