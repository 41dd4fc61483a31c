/** What a tab of the dock shows. */
export interface LogTab {
  key: string;
  title: string;
  /** Without a query: `follow` and `tail` are added. */
  path: string;
  query?: Record<string, string>;
}

export interface ShellTab {
  key: string;
  title: string;
  /** Of its socket. */
  path: string;
  /** What opens the same from a console. */
  command: string;
}
