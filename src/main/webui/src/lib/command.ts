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
