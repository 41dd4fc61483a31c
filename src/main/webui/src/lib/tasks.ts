/** The tasks of an array as cells: one for each index, in the state that it is in. Pure. */
import type { Job } from "../api/types.gen";

/** How counts of an array group the states of its tasks. */
export const TASK_GROUPS: Record<string, string[]> = { FAILED: ["FAILED", "TIMEOUT"], RUNNING: ["RUNNING", "ASSIGNED"], QUEUED: ["QUEUED", "PENDING"], CANCELLED: ["CANCELLED"], COMPLETED: ["COMPLETED"] };

export function taskCounts(job: Job): Record<string, number> {
  const tasks = job.array?.tasks;
  return { FAILED: tasks?.failed ?? 0, RUNNING: tasks?.running ?? 0, QUEUED: tasks?.queued ?? 0, CANCELLED: tasks?.cancelled ?? 0, COMPLETED: tasks?.completed ?? 0 };
}

export const groupOf = (status: string | undefined): string => Object.keys(TASK_GROUPS).find((group) => TASK_GROUPS[group].includes(status ?? "")) ?? "";

/** The group of each index; "" where the task was not opened yet, or is not known. */
export function cellsOf(count: number, tasks: readonly Job[]): string[] {
  const cells = new Array<string>(count).fill("");
  for (const task of tasks) if (task.index !== undefined && task.index < count) cells[task.index] = groupOf(task.status);
  return cells;
}

export interface CellGrid { size: number; gap: number; columns: number; rows: number }

/** Cells as large as there is room for: a few hundred can be pointed at, thousands are a picture. */
export function cellGrid(count: number, width: number): CellGrid {
  const [size, gap] = count <= 300 ? [12, 2] : count <= 1_000 ? [8, 2] : [6, 1];
  const columns = Math.max(1, Math.min(count, Math.floor((width + gap) / (size + gap))));
  return { size, gap, columns, rows: Math.max(1, Math.ceil(count / columns)) };
}

export const taskId = (arrayId: string, index: number): string => `${arrayId}.${String(index).padStart(4, "0")}`;
