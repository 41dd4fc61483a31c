// Hears changes over the event bridge. Says how old what is on screen is, and has everything read again after a gap.
import { call, signedIn } from "./api.js";

const PING_MS = 2_000;
const DEAD_MS = 10_000;
const LONGEST_WAIT_MS = 15_000;

export class Live {
  constructor({ kinds, onChange, onConnected }) {
    this.kinds = kinds;
    this.onChange = onChange;
    this.onConnected = onConnected;
    this.heardAt = 0;
    this.connected = false;
    this.failures = 0;
    this.stopped = true;
  }

  start() {
    this.stopped = false;
    this.open();
  }

  stop() {
    this.stopped = true;
    clearInterval(this.pinging);
    clearTimeout(this.waiting);
    this.socket?.close();
    this.connected = false;
  }

  /** Milliseconds since the server was heard last. */
  get age() {
    return Date.now() - this.heardAt;
  }

  async open() {
    try {
      const { ticket } = await call("POST", "/api/auth/ticket");
      const scheme = location.protocol === "https:" ? "wss://" : "ws://";
      const socket = new WebSocket(scheme + location.host + "/eventbus/websocket?ticket=" + encodeURIComponent(ticket));
      socket.binaryType = "arraybuffer";
      socket.onopen = () => this.opened(socket);
      socket.onmessage = (message) => this.heard(message.data);
      socket.onclose = () => this.lost(socket);
      this.socket = socket;
    } catch {
      this.lost(this.socket);
    }
  }

  opened(socket) {
    for (const kind of this.kinds) {
      socket.send(JSON.stringify({ type: "register", address: "aiwm.events." + kind, headers: {} }));
    }
    this.connected = true;
    this.failures = 0;
    this.heardAt = Date.now();
    this.pingedAt = 0;
    clearInterval(this.pinging);
    this.pinging = setInterval(() => this.ping(socket), PING_MS);
    // registered first, read second: what changes in between is heard
    this.onConnected();
  }

  // dead is what does not answer: silence alone may come from timers that the browser slows while nobody looks
  ping(socket) {
    const unanswered = this.pingedAt > this.heardAt;
    if (unanswered && Date.now() - this.pingedAt > DEAD_MS) socket.close();
    else if (!unanswered && socket.readyState === WebSocket.OPEN) {
      this.pingedAt = Date.now();
      socket.send('{"type":"ping"}');
    }
  }

  heard(data) {
    this.heardAt = Date.now();
    const frame = JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data));
    if (frame.type === "rec" && frame.body) this.onChange(frame.body);
  }

  lost(socket) {
    if (socket !== this.socket) return;
    this.connected = false;
    clearInterval(this.pinging);
    if (this.stopped || !signedIn()) return;
    const most = Math.min(LONGEST_WAIT_MS, 500 * 2 ** this.failures++);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.stopped || this.open(), most / 2 + Math.random() * most / 2);
  }
}
