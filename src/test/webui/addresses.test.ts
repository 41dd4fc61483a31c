import assert from "node:assert/strict";
import { test } from "node:test";
import { Addresses, LINGER_MS } from "../src/lib/addresses";
import type { Numbered } from "../src/lib/bridge";

/** Time that passes when the test says so. */
class Clock {
  now = 1_000_000;
  private due: { at: number; then: () => void }[] = [];
  readonly after = (then: () => void, ms: number) => void this.due.push({ at: this.now + ms, then });

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await new Promise(setImmediate);
      const next = this.due.filter((one) => one.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.due.splice(this.due.indexOf(next), 1);
      this.now = next.at;
      next.then();
    }
    this.now = until;
  }
}

const EVERY_MS = 200;
interface Message extends Numbered { items: string[] }

/** What the controller does: each address has its own 200 ms in which changes are gathered, and numbers of its own. */
class Bridge {
  readonly said: string[] = [];
  readonly registered = new Set<string>();
  /** Nothing is answered and nothing told: its room is full. What is told meanwhile is missed. */
  full = false;
  private readonly pages = new Map<string, { revision: number; toldAt: number; items: string[]; waits: boolean }>();
  private readonly spared = new Set<string>();
  tell: (address: string, message: Message) => void = () => {};
  answer: (n: number) => void = () => {};

  constructor(private readonly clock: Clock, private readonly delay = 0) {}

  /** From the browser, which is as far away as the link is slow. */
  readonly say = (what: any) => this.clock.after(() => this.heard(what), this.delay);

  private heard(what: { type: string; address: string; n: number }): void {
    if (what.type === "register") this.registered.add(what.address);
    else if (what.type === "unregister") this.registered.delete(what.address);
    else if (!this.full) this.clock.after(() => this.answer(what.n), this.delay);
    if (what.type !== "ping") this.said.push(what.type + " " + what.address);
  }

  drained(): void {
    this.full = false;
    for (const address of this.spared) if (this.registered.has(address)) this.tell(address, { missed: true, items: [] });
    this.spared.clear();
  }

  changed(item: string, ...addresses: string[]): void {
    for (const address of addresses) {
      const page = this.pages.get(address) ?? { revision: 0, toldAt: -EVERY_MS, items: [], waits: false };
      this.pages.set(address, page);
      page.items.push(item);
      if (page.waits) continue;
      page.waits = true;
      this.clock.after(() => {
        const message = { epoch: "e", revision: ++page.revision, items: page.items.splice(0) };
        page.waits = false;
        page.toldAt = this.clock.now;
        if (!this.registered.has(address)) return;
        if (this.full) this.spared.add(address);
        else this.clock.after(() => this.tell(address, message), this.delay);
      }, Math.max(1, page.toldAt + EVERY_MS - this.clock.now));
    }
  }
}

function page(delay = 0) {
  const clock = new Clock();
  const bridge = new Bridge(clock, delay);
  const heard: string[] = [];
  const gaps: number[] = [];
  const addresses = new Addresses(bridge.say, () => void gaps.push(clock.now), clock.after, () => clock.now);
  bridge.tell = (address, message) => { if (addresses.told(address, message)) heard.push(...message.items); };
  bridge.answer = (n) => addresses.ponged(n);
  return { clock, bridge, heard, gaps, addresses };
}

for (const delay of [0, 150, 900, 3_000]) {
  test(`what the address before was about to tell is heard, the new one has told it already: ${delay} ms away`, async () => {
    const { clock, bridge, heard, addresses } = page(delay);
    void addresses.hear("jobs");
    await clock.pass(10 * delay + 2 * LINGER_MS);
    bridge.changed("job", "jobs");
    await clock.pass(5);
    // "deployments" tells it at once, "jobs" only 200 ms after it told the last one
    bridge.changed("node", "jobs", "deployments");
    await clock.pass(5);
    void addresses.hear("deployments");
    await clock.pass(10 * delay + 3 * LINGER_MS);
    assert.deepEqual(heard, ["job", "node"]);
    assert.deepEqual([...bridge.registered], ["deployments"]);
  });
}

test("the address before is left a second after the bridge has the new one, however long its way was", async () => {
  const { clock, bridge, addresses } = page(400);
  void addresses.hear("jobs");
  await clock.pass(2_000);
  void addresses.hear("deployments");
  // 800 ms until the bridge has answered, a second, and 800 ms until it has answered that nothing more will come; then 400 ms
  await clock.pass(800 + LINGER_MS + 800 + 399);
  assert.deepEqual([...bridge.registered], ["jobs", "deployments"]);
  await clock.pass(2);
  assert.deepEqual([...bridge.registered], ["deployments"]);
  assert.deepEqual(bridge.said, ["register jobs", "register deployments", "unregister jobs"]);
});

test("who comes back within the second has never been away", async () => {
  const { clock, bridge, heard, gaps, addresses } = page();
  void addresses.hear("jobs");
  await clock.pass(10);
  bridge.changed("one", "jobs");
  await clock.pass(300);
  void addresses.hear("deployments");
  await clock.pass(900);
  void addresses.hear("jobs");
  bridge.changed("two", "jobs");
  await clock.pass(10);
  // away again: the second begins anew, the timer of the first time ends nothing
  void addresses.hear("deployments");
  await clock.pass(900);
  bridge.changed("three", "jobs");
  await clock.pass(50);
  assert.deepEqual(heard, ["one", "two", "three"]);
  assert.deepEqual(gaps, []);
  await clock.pass(LINGER_MS);
  assert.deepEqual(bridge.said, ["register jobs", "register deployments", "unregister jobs"]);
});

test("all is read again after a gap, also one of the address before", async () => {
  const { clock, bridge, gaps, addresses } = page();
  void addresses.hear("jobs");
  await clock.pass(10);
  bridge.changed("one", "jobs");
  await clock.pass(300);
  void addresses.hear("deployments");
  await clock.pass(10);
  bridge.full = true;
  bridge.changed("lost", "jobs");
  await clock.pass(2 * LINGER_MS);
  // it has not answered: the old one is not left before it was told that it missed something
  assert.deepEqual([...bridge.registered], ["jobs", "deployments"]);
  bridge.drained();
  await clock.pass(1);
  assert.equal(gaps.length, 1);
  addresses.ping();
  await clock.pass(10);
  assert.deepEqual([...bridge.registered], ["deployments"]);
});

test("who waited in vain for the bridge reads first, and again when it has the address", async () => {
  const { clock, gaps, addresses } = page(1_500);
  let read = 0;
  void addresses.hear("jobs").then(() => void (read = clock.now));
  const began = clock.now;
  await clock.pass(2_999);
  assert.equal(read, began + 1_000);
  assert.deepEqual(gaps, []);
  await clock.pass(2);
  assert.deepEqual(gaps, [began + 3_000]);
});

test("an answer to an earlier ping says nothing of what was asked later", async () => {
  const { clock, addresses } = page(100);
  const first = addresses.ping();
  await clock.pass(150);
  let registered = false;
  void addresses.hear("jobs").then(() => void (registered = true));
  await clock.pass(60);
  await first.answered;
  assert.equal(registered, false);
  await clock.pass(150);
  assert.equal(registered, true);
});
