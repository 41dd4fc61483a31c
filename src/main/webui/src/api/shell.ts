/** The socket of a shell: what it tells, and how it ends. */
import { call } from "./http";
import type { Ticket } from "./types.gen";

export interface ShellEnd {
  /** Of a shell that has ended by itself. */
  exitCode?: number;
  /** Why it ended otherwise, or was not opened. */
  error?: string;
  /** The connection broke: nobody has said anything. */
  lost?: boolean;
}

export interface ShellClient {
  begun: () => void;
  printed: (bytes: Uint8Array) => void;
  ended: (end: ShellEnd) => void;
}

export interface ShellLine {
  type: (bytes: Uint8Array<ArrayBuffer>) => void;
  resize: (columns: number, rows: number) => void;
  close: () => void;
}

/** The server takes so much at once. */
const MOST_BYTES = 32 * 1024;

export async function openShell(path: string, columns: number, rows: number, client: ShellClient): Promise<ShellLine> {
  const { ticket } = await call<Ticket>("POST", "/api/auth/ticket");
  const at = new URL(path, location.href);
  at.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  for (const [name, value] of Object.entries({ ticket, columns, rows })) at.searchParams.set(name, String(value));
  const socket = new WebSocket(at);
  socket.binaryType = "arraybuffer";
  let end: ShellEnd | undefined;
  socket.onmessage = ({ data }) => {
    if (typeof data !== "string") client.printed(new Uint8Array(data));
    else {
      const said = JSON.parse(data) as ShellEnd & { event: string };
      if (said.event === "begun") client.begun();
      else if (said.event === "ended") end = said;
    }
  };
  socket.onclose = ({ code, reason }) => client.ended(end ?? (code === 1006 || code === 1001 ? { lost: true } : { error: reason || `the connection was closed (${code})` }));
  const send = (what: string | Uint8Array<ArrayBuffer>) => { if (socket.readyState === WebSocket.OPEN) socket.send(what); };
  return {
    type: (bytes) => { for (let from = 0; from < bytes.length; from += MOST_BYTES) send(bytes.slice(from, from + MOST_BYTES)); },
    resize: (wide, high) => send(JSON.stringify({ columns: wide, rows: high })),
    close: () => socket.close(1000),
  };
}
