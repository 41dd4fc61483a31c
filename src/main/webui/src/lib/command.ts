/** The same as what is on screen, for a terminal: as `curl` and as `aiwm`. */

/** One argument of a shell, quoted where it must be. */
export const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

export function curl(origin: string, method: string, path: string, body?: unknown): string {
  const parts = ["curl", "-H", '"Authorization: Bearer $AIWM_TOKEN"'];
  if (method !== "GET") parts.push("-X", method);
  if (body !== undefined) parts.push("--json", quoted(JSON.stringify(body)));
  parts.push(quoted(origin + path));
  return parts.join(" ");
}

/** A command of the command line. Options without a value are left out. */
export function aiwm(words: string[], options: Record<string, string | undefined> = {}): string {
  const given = Object.entries(options).flatMap(([name, value]) => (value ? ["--" + name, quoted(value)] : []));
  return ["aiwm", ...words.map(quoted), ...given].join(" ");
}
