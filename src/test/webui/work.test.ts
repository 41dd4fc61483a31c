import assert from "node:assert/strict";
import { test } from "node:test";
import type { Execution, Job, Step } from "../src/api/types.gen";
import { countFor, takes, untilDone } from "../src/lib/bulk";
import { replayOf, whyNoReplay } from "../src/lib/replay";
import { easyScale, fitScale, lineOf, nextFailed, sharesOf } from "../src/lib/graph";
import { layout } from "../src/lib/layers";
import { askOf, runsAgain, whyBlocked, whyNoRetry } from "../src/lib/retry";
import { draftOfSchedule, inZone, scheduleRequest, scheduleState } from "../src/lib/schedule";
import { cellGrid, cellsOf, taskCounts, taskId } from "../src/lib/tasks";
import { hasIdle, timeline } from "../src/lib/timeline";
import { MOST_VIEWS, queryText, shownColumns, toggled, withView } from "../src/lib/views";
import { draftOf, EMPTY, requestFrom, requestOf } from "../src/pages/jobs/request";

const step = (index: number, status: string, ...dependsOn: number[]): Step => ({ index, name: "s" + index, status: status as "FAILED", dependsOn });

/** 0 → 1 (failed) → 3 (dropped); 2 failed on its own; 4 has completed. */
const STEPS = [step(0, "COMPLETED"), step(1, "FAILED", 0), step(2, "FAILED", 0), step(3, "CANCELLED", 1), step(4, "COMPLETED", 0)];
const again = (choice: object) => runsAgain(STEPS, choice).map((one) => one.index);

test("a retry of one step takes what waited for it, one from a step takes all that follows", () => {
  assert.deepEqual(again({ steps: [1] }), [1, 3]);
  assert.deepEqual(again({ steps: [0] }), [0, 1, 2, 3]);
  assert.deepEqual(again({ from: 0 }), [0, 1, 2, 3, 4]);
  assert.deepEqual(again({}), [1, 2, 3]);
  assert.deepEqual(again({ resetCompleted: true }), [0, 1, 2, 3, 4]);
});

test("before it acts a retry says what runs and what stays", () => {
  assert.equal(askOf(STEPS, { steps: [1] }), "Run s1 and s3 again? 2 steps that are done stay.");
  assert.equal(askOf(STEPS, { resetCompleted: true }), "Run all 5 steps again?");
  const many = Array.from({ length: 9 }, (_, i) => step(i, "FAILED"));
  assert.equal(askOf([...many, step(9, "COMPLETED")], {}), "Run s0, s1, s2, s3 and 5 more again? 1 step that is done stays.");
});

test("what cannot be retried says why", () => {
  assert.equal(whyBlocked(STEPS, STEPS[3]), "It needs s1, which is failed: retry that one");
  assert.equal(whyBlocked([{ ...STEPS[0], status: "FAILED", optional: true }, STEPS[1]], STEPS[1]), null);
  assert.equal(whyNoRetry({ status: "RUNNING", steps: STEPS } as Execution), "It has not ended");
  assert.equal(whyNoRetry({ status: "FAILED", steps: STEPS } as Execution), null);
  assert.match(whyNoRetry({ status: "FAILED", steps: [{ ...STEPS[0], command: "agent.model" }] } as Execution)!, /send the message again/);
});

test("the next failed step comes after the one that is chosen, and then the first again", () => {
  assert.equal(nextFailed(STEPS, undefined), 1);
  assert.equal(nextFailed(STEPS, 1), 2);
  assert.equal(nextFailed(STEPS, 2), 1);
  assert.equal(nextFailed([STEPS[0]], undefined), undefined);
});

test("a folded box says how many are done and how many failed", () => {
  const fan = [step(0, "COMPLETED"), ...Array.from({ length: 8 }, (_, i) => ({ ...step(i + 1, i < 5 ? "COMPLETED" : i < 7 ? "FAILED" : "RUNNING", 0), name: "eval-" + i }))];
  const plan = layout(fan.map((one) => ({ index: one.index!, name: one.name!, status: one.status!, dependsOn: one.dependsOn! })));
  assert.equal(lineOf(plan.boxes[1], fan, 0), "5/8 done, 2 failed");
  assert.deepEqual(sharesOf(plan.boxes[1], fan).map((share) => [share.tone, share.count]), [["ok", 5], ["run", 1], ["fail", 2]]);
  assert.deepEqual([easyScale(1_000, 800), easyScale(1_000, 2_000), easyScale(9_000, 800)], [0.8, 1, 1]);
  assert.equal(fitScale(4_000, 500, 1_000, 600), 0.25);
});

test("a step that waits for a later one of the list stands to the right of it all the same", () => {
  const plan = layout([{ index: 0, name: "last", status: "PENDING", dependsOn: [2] }, { index: 1, name: "first", status: "PENDING", dependsOn: [] }, { index: 2, name: "middle", status: "PENDING", dependsOn: [1] }]);
  assert.deepEqual(plan.boxes.map((box) => box.layer), [2, 0, 1]);
});

const iso = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

test("time in which nothing ran is drawn short when asked, and the rest keeps its order", () => {
  const tried = { index: 0, name: "judge", status: "COMPLETED" as const, attempts: [
    { number: 1, queuedAt: iso(0), assignedAt: iso(1), startedAt: iso(1), finishedAt: iso(11), outcome: "FAILED" as const },
    { number: 2, queuedAt: iso(3_600), assignedAt: iso(3_600), startedAt: iso(3_600), finishedAt: iso(3_610), outcome: "COMPLETED" as const }] };
  const whole = timeline([tried], iso(3_600), 0);
  assert.ok(hasIdle(whole) && whole.cuts.length === 0);
  assert.ok(whole.share(Date.parse(iso(11))) < 0.01);
  const short = timeline([tried], iso(3_600), 0, true);
  assert.deepEqual(short.cuts.map((cut) => cut.says), ["nothing ran for 59 min 49 s"]);
  const shares = [0, 1, 11, 1_800, 3_600, 3_610].map((second) => short.share(Date.parse(iso(second))));
  assert.deepEqual([...shares].sort((a, b) => a - b), shares);
  assert.equal(shares[0], 0);
  assert.ok(Math.abs(shares[5] - 1) < 1e-9);
  assert.ok(shares[2] > 0.4 && shares[4] < 0.6, shares.join(" "));
  assert.ok(short.marks.every((mark) => short.share(mark.at) <= 0.95));
});

test("a step that is queued for another try waits from then on", () => {
  const plan = timeline([{ index: 0, name: "judge", status: "QUEUED", queuedAt: iso(10), attempts: [{ number: 1, queuedAt: iso(0), assignedAt: iso(0), startedAt: iso(0), finishedAt: iso(9), outcome: "FAILED" }] }], iso(0), Date.parse(iso(20)));
  assert.deepEqual(plan.rows[0].bars.map((bar) => [bar.kind, (bar.to - plan.from) / 1000, bar.says]), [["ran", 9, "try 1"], ["waited", 20, "waits for try 2"]]);
});

test("a form of a job says the same request however it is read", () => {
  const request = { name: "train", image: "train:4", command: ["python", "t.py"], env: { A: "1" }, requirements: { cpu: 2, memoryBytes: 2 ** 31, gpus: { count: 2 }, zone: "eu-1" }, priority: 75, maxRetries: 3, timeoutMs: 90_000, outputs: ["o/**"] };
  const read = draftOf(request);
  assert.deepEqual({ memory: read.draft.memory, gpus: read.draft.gpus, priority: read.draft.priority, timeout: read.draft.timeout }, { memory: "2GiB", gpus: "2", priority: "high", timeout: "1.5" });
  assert.deepEqual(requestOf(read.draft, read.rest), { ...request, priority: "high", requirements: { ...request.requirements, memoryBytes: "2GiB" } });
  const odd = { image: "a", priority: 60, requirements: { gpus: { count: 1, model: "H200" } }, env: { KEY: "two\nlines" } };
  const oddly = draftOf(odd);
  assert.deepEqual(requestOf(oddly.draft, oddly.rest), odd);
  assert.deepEqual(requestOf({ ...EMPTY, image: "a", command: "[not json" }), { image: "a", command: "[not json" });
});

test("what cannot be read back of a job is said, and no mask is sent for a password", () => {
  const { request, lost } = requestFrom({ id: "job_1", status: "FAILED", image: "a", env: { TOKEN: "***", A: "1" }, registryAuth: { registry: "r", password: "***" }, inputs: { fileId: "f" }, array: { count: 3, parallelism: 2, tasks: { total: 3 } } });
  assert.deepEqual(request, { image: "a", env: { TOKEN: "***", A: "1" }, registryAuth: { registry: "r" }, count: 3, parallelism: 2 });
  assert.equal(lost.length, 3);
  assert.match(lost[0], /TOKEN/);
});

test("an action is counted before it is done to all that a filter finds", () => {
  const counts = { RUNNING: 3, QUEUED: 4, FAILED: 5, CANCELLED: 1, COMPLETED: 7 };
  assert.equal(countFor("cancel", counts), 7);
  assert.equal(countFor("retry", counts), 6);
  assert.equal(countFor("delete", counts), 13);
  assert.equal(countFor("retry", counts, "FAILED"), 5);
  assert.equal(countFor("prioritise", counts), 4);
  assert.equal(countFor("cancel", counts, "FAILED"), 0);
  assert.ok(takes("prioritise", "RUNNING", true) && !takes("prioritise", "RUNNING") && !takes("prioritise", "COMPLETED", true));
  assert.ok(takes("delete", "COMPLETED") && !takes("delete", "RUNNING"));
});

test("a batch goes on until all are done, and no further where jobs fail anew", async () => {
  let calls = 0;
  const told: number[] = [];
  const answer = async () => { calls++; return { results: [{ id: "a", done: true }, { id: "b", done: calls !== 2, error: "it runs" }], remaining: 99 }; };
  assert.deepEqual(await untilDone(5, answer, (done) => told.push(done), () => false), { done: 5, refused: ["it runs"] });
  assert.deepEqual(told, [2, 4, 6]);
  assert.equal((await untilDone(100, async () => ({ results: [] }), () => undefined, () => false)).done, 0);
  let stop = false;
  const stopped = await untilDone(100, async () => { stop = true; return { results: [{ id: "a", done: true }] }; }, () => undefined, () => stop);
  assert.equal(stopped.done, 1);
});

test("each task of an array has a cell, also one that was not opened", () => {
  const tasks = [{ index: 0, status: "COMPLETED" }, { index: 2, status: "TIMEOUT" }, { index: 3, status: "ASSIGNED" }, { index: 9, status: "FAILED" }] as Job[];
  assert.deepEqual(cellsOf(5, tasks), ["COMPLETED", "", "FAILED", "RUNNING", ""]);
  assert.deepEqual(taskCounts({ array: { tasks: { total: 5, completed: 1, failed: 1, running: 1, queued: 2, cancelled: 0 } } } as Job), { FAILED: 1, RUNNING: 1, QUEUED: 2, CANCELLED: 0, COMPLETED: 1 });
  assert.equal(taskId("job_1", 7), "job_1.0007");
  for (const count of [1, 300, 1_000, 2_000]) {
    const grid = cellGrid(count, 360);
    assert.ok(grid.columns * grid.rows >= count && grid.columns * (grid.size + grid.gap) - grid.gap <= 360, String(count));
  }
});

test("a schedule says whether it will run, and its form sends what was written", () => {
  assert.equal(scheduleState({ enabled: true, nextRuns: [iso(0)] }), "ACTIVE");
  assert.equal(scheduleState({ enabled: false, nextRuns: [] }), "PAUSED");
  assert.equal(scheduleState({ enabled: true, nextRuns: [] }), "ENDED");
  assert.equal(inZone("2026-11-23T01:30:00Z", "Europe/Berlin").replace(/,/g, ""), "Mon 23 Nov 2026 02:30");
  assert.equal(inZone("2026-11-23T01:30:00Z", "Mars/Olympus"), "2026-11-23T01:30:00Z");
  const draft = { ...draftOfSchedule(undefined, "Europe/Berlin"), name: " nightly ", cron: "30 2 * * *", endAt: "2026-12-01T00:00" };
  const request = scheduleRequest(draft, { image: "a" }, true);
  assert.deepEqual({ ...request, endAt: undefined, startAt: undefined }, { name: "nightly", cron: "30 2 * * *", timeZone: "Europe/Berlin", startAt: undefined, endAt: undefined, catchUp: "none", overlap: "skip", enabled: true, job: { image: "a" } });
  assert.equal(draftOfSchedule({ ...request, endAt: request.endAt } as object, "UTC").endAt, "2026-12-01T00:00");
});

test("columns are those of the address, else those that were kept, else the usual ones; the name stays", () => {
  const columns = [{ head: "Status" }, { head: "Name" }, { head: "Node" }, { head: "Id", off: true }];
  const heads = (said?: string, kept?: string[]) => shownColumns(columns, said, kept).map((column) => column.head);
  assert.deepEqual(heads(), ["Status", "Name", "Node"]);
  assert.deepEqual(heads(undefined, ["Id"]), ["Name", "Id"]);
  assert.deepEqual(heads("Status,Id", ["Node"]), ["Status", "Name", "Id"]);
  assert.deepEqual(heads("Nonsense"), ["Status", "Name", "Node"]);
  assert.deepEqual(heads(undefined, ["Status", "Host"]), ["Status", "Name", "Node"], "a head of an earlier version");
  assert.deepEqual(toggled(columns, shownColumns(columns, undefined, undefined), "Node"), ["Status", "Name"]);
  assert.deepEqual(toggled(columns, shownColumns(columns, undefined, undefined), "Id"), ["Status", "Name", "Node", "Id"]);
});

test("a view is the same in whatever order its filters were set, and one too many takes the oldest", () => {
  assert.equal(queryText({ status: "FAILED", q: "a b", none: undefined }), queryText({ q: "a b", status: "FAILED" }));
  const views = Array.from({ length: MOST_VIEWS + 1 }, (_, i) => ({ name: "v" + i, query: "" })).reduce((all, view) => withView(all, view), [] as { name: string; query: string }[]);
  assert.equal(views.length, MOST_VIEWS);
  assert.equal(views[0].name, "v1");
  assert.deepEqual(withView([{ name: "a", query: "1" }], { name: "a", query: "2" }), [{ name: "a", query: "2" }]);
});

test("an execution is asked for once more with what was asked for, and what cannot be read back is said", () => {
  const { request, lost } = replayOf({
    id: "ex_1", name: "check", category: "custom", status: "FAILED", progress: 50, timeoutMs: 60_000, parentExecutionId: "ex_0", createdAt: "2026-11-27T10:00:00Z",
    steps: [
      { index: 0, name: "fetch", command: "model.download", status: "COMPLETED", attempt: 2, nodeId: "n1", dependsOn: [], optional: false, maxRetries: 0, onNodeLost: "reschedule", priority: 50, data: { url: "https://h/m", authorization: "***" }, attempts: [] },
      { index: 1, command: "job.run", status: "FAILED", attempt: 1, dependsOn: [0], optional: true, maxRetries: 2, onNodeLost: "fail", priority: 75, timeoutMs: 5_000, requirements: { cpu: 1 }, data: { image: "b", jobId: "ex_1", env: { A: "1" } } },
    ],
  });
  assert.deepEqual(request, { name: "check", timeoutMs: 60_000, start: true, steps: [
    { name: "fetch", command: "model.download", data: { url: "https://h/m", authorization: "***" } },
    { command: "job.run", dependsOn: [0], optional: true, timeoutMs: 5_000, maxRetries: 2, onNodeLost: "fail", requirements: { cpu: 1 }, priority: 75, data: { image: "b", env: { A: "1" } } },
  ] });
  assert.deepEqual(lost, ["Secret, and to be written again: /steps/0/data/authorization."]);
  assert.equal(whyNoReplay({ category: "custom", steps: [{ command: "job.run" }] }), null);
  assert.match(whyNoReplay({ category: "deployment" }) ?? "", /change that instead/);
  assert.match(whyNoReplay({ category: "agent", steps: [{ command: "agent.model" }] }) ?? "", /send the message again/);
});
