import { useEffect, useMemo } from "preact/hooks";
import { useRows } from "../../api/hooks";
import { at } from "../../api/http";
import { Rows } from "../../api/rows";
import type { Schedule } from "../../api/types.gen";
import { plural } from "../../lib/format";
import { href, place } from "../../lib/route";
import { runsWhat, type ScheduleRow, scheduleState } from "../../lib/schedule";
import { Empty, Notice, Status, Time } from "../../ui/basic";
import { useCommands } from "../../ui/command-menu";
import { Chips, contains, Filter } from "../../ui/filter";
import { type Column, List, Open } from "../../ui/list";
import { ListTools } from "../../ui/list-tools";
import { NewSchedule } from "./schedule-form";
import { ScheduleDetail } from "./schedule-detail";

const AGAIN_MS = 5_000;
const ORDER = ["ACTIVE", "PAUSED", "ENDED"];

/** How the newest run ended, or why there was none. */
export function LastRun({ one }: { one: Schedule }) {
  const run = one.lastRuns?.[0];
  if (!run) return <span class="muted">never ran</span>;
  return run.jobStatus ? <Status of={run.jobStatus} /> : <span class="muted">{run.reason ?? "forgotten"}</span>;
}

const COLUMNS: Column<ScheduleRow>[] = [
  { head: "Status", cell: (one) => <Status of={scheduleState(one)} />, by: (one) => ORDER.indexOf(scheduleState(one)), kind: "status" },
  { head: "Name", cell: (one) => <Open id={one.id}>{one.name}</Open>, by: (one) => one.name ?? "", kind: "grow" },
  { head: "When", cell: (one) => one.cron, by: (one) => one.cron ?? "", kind: "mono" },
  { head: "Zone", cell: (one) => one.timeZone, by: (one) => one.timeZone ?? "", kind: "wide" },
  { head: "Next run", cell: (one) => <Time at={one.nextRuns?.[0]} />, by: (one) => one.nextRuns?.[0] ?? "~", kind: "num" },
  { head: "Last run", cell: (one) => <LastRun one={one} />, by: (one) => one.lastRuns?.[0]?.jobStatus ?? "", kind: "status" },
  { head: "Last run at", cell: (one) => <Time at={one.lastRuns?.[0]?.at} />, by: (one) => one.lastRuns?.[0]?.at ?? "", kind: "num wide" },
  { head: "Runs", cell: (one) => runsWhat(one.job), kind: "wide muted grow" },
];

function Card({ one }: { one: ScheduleRow }) {
  return (
    <span class="two-lines"><span class="line-1"><Open id={one.id}>{one.name}</Open><Status of={scheduleState(one)} /></span>
      <span class="line-2 muted"><span class="mono">{one.cron}</span>{one.nextRuns?.[0] && <Time at={one.nextRuns[0]} />}<LastRun one={one} /></span></span>
  );
}

export function Schedules() {
  const { rest, query } = place.value;
  const rows = useRows<ScheduleRow>("schedules", () => new Rows<ScheduleRow>({ path: "/api/schedules", first: 1_000 }));
  // the bridge tells nothing of schedules: they are read again while somebody looks
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) void rows.reload(); }, AGAIN_MS);
    return () => clearInterval(timer);
  }, [rows]);
  useCommands([rest[0] && rest[0] !== "new" ? { path: at("schedules", rest[0]) } : { path: "/api/schedules" }]);
  const all = rows.items.value;
  const counts = useMemo(() => {
    const found: Record<string, number> = {};
    for (const one of all) found[scheduleState(one)] = (found[scheduleState(one)] ?? 0) + 1;
    return found;
  }, [all]);
  const shown = useMemo(() => all.filter((one) => (!query.status || scheduleState(one) === query.status) && contains(query.q ?? "", one.id, one.name, one.cron, runsWhat(one.job))), [all, query.status, query.q]);
  return (
    <div class="with-side">
      <main id="main">
        <div class="page-head"><h1 tabIndex={-1}>Schedules</h1><p class="muted">{rows.total.value === null ? "" : plural(rows.total.value, "schedule")}</p>
          <a class="btn primary" href={href("schedules", ["new"])}>New schedule</a></div>
        {rows.problem.value && <Notice>{rows.problem.value.message}</Notice>}
        {rows.loaded.value && all.length === 0
          ? <Empty title="Nothing is scheduled"><p>A schedule submits the same job again and again: every night, every Monday, every quarter of an hour.</p><p><a class="btn" href={href("schedules", ["new"])}>New schedule</a></p></Empty>
          : <>
            <div class="tools"><Chips name="Status" counts={counts} all={all.length} order={ORDER} /><span class="find"><Filter label="Name, times or command" /><ListTools list="Schedules" columns={COLUMNS} /></span></div>
            {shown.length === 0 && all.length > 0 ? <Empty title="No schedule fits"><p>{plural(all.length, "schedule")} without this filter.</p></Empty>
              : <List name="Schedules" items={shown} columns={COLUMNS} card={(one) => <Card one={one} />} label={(one) => one.name ?? one.id} sortable total={rows.total.value} onEnd={() => void rows.more()} />}
          </>}
      </main>
      {rest[0] === "new" ? <NewSchedule onDone={(one) => rows.take([one])} /> : rest[0] && <ScheduleDetail id={rest[0]} key={rest[0]} onChange={() => void rows.reload()} />}
    </div>
  );
}
