/** What there is, in the order of the rail. A page is a file that is loaded when it is gone to. */
import type { ComponentType } from "preact";
import { deployments, nodes, stats } from "../api/fleet";
import { unread } from "../api/inbox";

export interface PageEntry {
  name: string;
  title: string;
  /** Pressed after "g". */
  key: string;
  load: () => Promise<ComponentType>;
  count?: () => number | undefined;
}

const sum = (counts: Record<string, number> | undefined) => counts && Object.values(counts).reduce((all, one) => all + one, 0);

export const PAGES: PageEntry[] = [
  { name: "overview", title: "Overview", key: "o", load: () => import("../pages/overview/overview").then((it) => it.Overview) },
  { name: "nodes", title: "Nodes", key: "n", load: () => import("../pages/nodes/nodes").then((it) => it.Nodes), count: () => stats.value?.nodes?.total ?? nodes.total.value ?? undefined },
  { name: "models", title: "Models", key: "m", load: () => import("../pages/models/models").then((it) => it.Models) },
  { name: "deployments", title: "Deployments", key: "d", load: () => import("../pages/deployments/deployments").then((it) => it.Deployments), count: () => deployments.total.value ?? undefined },
  { name: "executions", title: "Executions", key: "e", load: () => import("../pages/executions/executions").then((it) => it.Executions), count: () => sum(stats.value?.executions) },
  { name: "jobs", title: "Jobs", key: "j", load: () => import("../pages/jobs/jobs").then((it) => it.Jobs), count: () => sum(stats.value?.jobs) },
  { name: "schedules", title: "Schedules", key: "c", load: () => import("../pages/schedules/schedules").then((it) => it.Schedules) },
  { name: "inference", title: "Inference", key: "i", load: () => import("../pages/inference/inference").then((it) => it.Inference) },
  { name: "agents", title: "Agents", key: "a", load: () => import("../pages/agents/agents").then((it) => it.Agents) },
  { name: "events", title: "Events", key: "v", load: () => import("../pages/events/events").then((it) => it.Events) },
  { name: "notifications", title: "Notifications", key: "b", load: () => import("../pages/notifications/notifications").then((it) => it.Notifications), count: unread },
  { name: "settings", title: "Settings", key: "s", load: () => import("../pages/settings/settings").then((it) => it.Settings) },
];

export const pageOf = (name: string): PageEntry | undefined => PAGES.find((entry) => entry.name === name);
