/** Pictures of the pages, for a rail without words. Lines of our own. */
const PATHS: Record<string, string> = {
  overview: "M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z",
  nodes: "M2 3h12v4H2zM2 9h12v4H2zM4.5 5h1M4.5 11h1",
  models: "M8 1.5 14 5v6l-6 3.500-6-3.500V5zM2 5l6 3.500L14 5M8 8.500v6",
  deployments: "M8 2v9M4.500 7.500 8 11l3.500-3.500M2 14h12",
  executions: "M2 8h4M10 3.500h4M10 12.500h4M6 8c3 0 1-4.500 4-4.500M6 8c3 0 1 4.500 4 4.500",
  jobs: "M2 3.500h12M2 8h12M2 12.500h7M11.500 11l3 1.500-3 1.500z",
  schedules: "M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM8 4.500V8l2.500 1.500",
  agents: "M2 3h12v8H7l-3 3v-3H2zM5 7h.5M8 7h.5M11 7h.5",
  inference: "M2 8h3l2-5 3 10 2-5h2",
  events: "M5.500 3.500h8.500M5.500 8h8.500M5.500 12.500h8.500M2 3.500h1M2 8h1M2 12.500h1",
  notifications: "M8 1.500a4 4 0 0 0-4 4V9l-1.500 2.500h11L12 9V5.500a4 4 0 0 0-4-4zM6.500 14h3",
  settings: "M2 4.500h7M12 4.500h2M2 11.500h2M7 11.500h7M9 3v3M4.500 10v3",
  views: "M4 2h8v12l-4-3-4 3z",
  columns: "M2 3h12v10H2zM6 3v10M10 3v10",
  filter: "M2 3h12L9.500 8.500V13l-3 1V8.500z",
  api: "M5 4 1.500 8 5 12M11 4l3.500 4L11 12",
};

export function Icon({ name }: { name: string }) {
  return <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d={PATHS[name] ?? ""} fill="none" stroke="currentColor" stroke-width="1.4" /></svg>;
}
