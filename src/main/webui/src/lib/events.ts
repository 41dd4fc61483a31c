/** Server-sent events as text, in pieces of any size. Pure. */

export interface Told { id: string; type: string; data: string }

const MOST_CHARS = 4_000_000;

/** Takes a stream as it comes, and gives its events. */
export class EventReader {
  private rest = "";

  add(text: string): Told[] {
    this.rest += text;
    if (this.rest.length > MOST_CHARS) throw new Error("An event is larger than this page takes");
    const blocks = this.rest.split(/\r?\n\r?\n/);
    this.rest = blocks.pop()!;
    return blocks.map(eventOf).filter((event) => event !== null);
  }
}

function eventOf(block: string): Told | null {
  const event: Told = { id: "", type: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const value = line.slice(colon + 1).replace(/^ /, "");
    const field = line.slice(0, colon);
    if (field === "data") data.push(value);
    else if (field === "id") event.id = value;
    else if (field === "event") event.type = value;
  }
  return data.length === 0 ? null : { ...event, data: data.join("\n") };
}
