/** The addresses that one connection hears at the event bridge: that of the page, and for a while the one of the page before. */
import { missed, type Numbered } from "./bridge";

/**
 * How long the address before is still heard. The controller gathers changes of each address for up to 200 ms on its own: what the new
 * one told just before it was registered, the old one may be about to tell.
 */
export const LINGER_MS = 1_000;
/** A bridge that is full answers no ping, one that is far away not at once: what waits for it goes on then, and again when it has come. */
const CONFIRM_MS = 1_000;

interface Heard { last: Numbered | null; left: number }

export class Addresses {
  private wanted: string | null = null;
  private known: Promise<void> = Promise.resolve();
  private readonly all = new Map<string, Heard>();
  private readonly asked = new Map<number, () => void>();
  private lastPing = 0;
  private turns = 0;

  /** @param say sends to the bridge. @param gap something may have been missed: what has been read has to be read again */
  constructor(
    private readonly say: (what: object) => void,
    private readonly gap: () => void,
    private readonly after: (then: () => void, ms: number) => void = (then, ms) => void setTimeout(then, ms),
    private readonly now: () => number = Date.now,
  ) {}

  /** From now on this address is that of the page; null: none. Resolves when the bridge has it; after a second in any case. */
  hear(wanted: string | null): Promise<void> {
    if (wanted === this.wanted) return this.known;
    const left = this.wanted;
    this.wanted = wanted;
    const again = wanted === null ? undefined : this.all.get(wanted);
    if (again) again.left = 0;
    else if (wanted !== null) {
      this.all.set(wanted, { last: null, left: 0 });
      this.say({ type: "register", address: wanted, headers: {} });
    }
    const registered = this.ping().answered;
    if (left !== null) this.leave(left, registered);
    this.known = this.soon(registered);
    return this.known;
  }

  private soon(registered: Promise<void>): Promise<void> {
    let waits = true;
    return new Promise((done) => {
      this.after(() => {
        if (waits) void registered.then(this.gap);
        done();
      }, CONFIRM_MS);
      void registered.then(() => {
        waits = false;
        done();
      });
    });
  }

  /** Not by time alone: on a slow link both requests would come together. What the address told until then is before the second answer. */
  private leave(address: string, registered: Promise<void>): void {
    const turn = ++this.turns;
    const heard = this.all.get(address)!;
    heard.left = turn;
    void registered.then(() => this.after(() => void this.ping().answered.then(() => {
      if (heard.left !== turn) return;
      this.all.delete(address);
      this.say({ type: "unregister", address, headers: {} });
    }), LINGER_MS));
  }

  /** Asks for an answer, which comes behind all that was told before it. Returns its number, which is the time or more. */
  ping(): { n: number; answered: Promise<void> } {
    const n = (this.lastPing = Math.max(this.now(), this.lastPing + 1));
    const answered = new Promise<void>((done) => this.asked.set(n, done));
    this.say({ type: "ping", n });
    return { n, answered };
  }

  /** A ping was answered, and none before it will be. */
  ponged(n: number): void {
    for (const [asked, done] of this.asked) {
      if (asked > n) continue;
      this.asked.delete(asked);
      done();
    }
  }

  /** Something was told. Returns whether it is to be heard. */
  told(address: string, message: Numbered): boolean {
    const heard = this.all.get(address);
    if (!heard) return false;
    if (missed(heard.last, message)) this.gap();
    heard.last = message.missed ? null : message;
    return true;
  }
}
