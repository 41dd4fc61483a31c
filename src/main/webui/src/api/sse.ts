/** Server-sent events of any request, also of one with a body: EventSource sends neither a body nor a token. */
import { EventReader, type Told } from "../lib/events";
import { send } from "./http";

/** Reads events until the stream ends or the signal aborts. */
export async function events(method: string, path: string, body: unknown, signal: AbortSignal, onEvent: (event: Told) => void): Promise<void> {
  const answer = await send(method, path, body, signal, { Accept: "text/event-stream" });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  const read = new EventReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    read.add(value).forEach(onEvent);
  }
}
