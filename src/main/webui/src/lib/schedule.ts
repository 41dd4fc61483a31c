/** What a schedule is, in words, and what its form sends. Pure. */
import type { NewJob, NewSchedule, Schedule } from "../api/types.gen";

export type ScheduleRow = Schedule & { id: string };

export interface ScheduleDraft { name: string; cron: string; timeZone: string; catchUp: string; overlap: string; startAt: string; endAt: string }

export const CATCH_UP: [string, string][] = [["none", "leave it out"], ["latest", "run the latest"], ["all", "run all, 100 at most"]];
export const OVERLAP: [string, string][] = [["allow", "run both"], ["skip", "leave the new one out"], ["cancelRunning", "cancel the earlier one"]];
export const PRESETS: [string, string][] = [["Hourly", "0 * * * *"], ["Every night", "30 2 * * *"], ["Weekdays", "0 8 * * 1-5"], ["Weekly", "0 6 * * 1"], ["Monthly", "0 4 1 * *"]];

export function scheduleState(one: Schedule): string {
  if (one.enabled === false) return "PAUSED";
  return (one.nextRuns?.length ?? 0) > 0 ? "ACTIVE" : "ENDED";
}

/** What it runs: its command, else its image. */
export function runsWhat(job: NewJob | undefined): string {
  const command = Array.isArray(job?.command) ? job.command.join(" ") : job?.command;
  return [command, job?.image].filter(Boolean).join(" · ");
}

/** A moment as the clocks of a zone show it: "Mon 30 Nov 2026, 02:30". */
export function inZone(iso: string, timeZone: string): string {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
  } catch {
    return iso; // a zone that this browser does not know
  }
}

const two = (value: number) => String(value).padStart(2, "0");

/** For an input of a date and a time, in the zone of the reader. */
export function localOf(iso: string | undefined): string {
  if (!iso) return "";
  const at = new Date(iso);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

const moment = (local: string): string | undefined => (local ? new Date(local).toISOString() : undefined);

/** What its times follow from, as `POST /api/schedules/plan` takes it. */
export const timesOf = (draft: ScheduleDraft) => ({ cron: draft.cron.trim(), timeZone: draft.timeZone.trim() || "UTC", startAt: moment(draft.startAt), endAt: moment(draft.endAt) });

export function scheduleRequest(draft: ScheduleDraft, job: NewJob, enabled: boolean): NewSchedule {
  return { name: draft.name.trim(), ...timesOf(draft), catchUp: draft.catchUp as "none", overlap: draft.overlap as "allow", enabled, job };
}

export const draftOfSchedule = (one: Schedule | undefined, zone: string): ScheduleDraft => ({
  name: one?.name ?? "", cron: one?.cron ?? "", timeZone: one?.timeZone ?? zone, catchUp: one?.catchUp ?? "none", overlap: one?.overlap ?? "skip",
  startAt: localOf(one?.startAt), endAt: localOf(one?.endAt),
});
