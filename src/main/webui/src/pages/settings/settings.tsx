import { place } from "../../lib/route";
import { Empty } from "../../ui/basic";
import { useOpenRecord } from "../../ui/inspector";
import { type Section, Sections, sectionOf } from "../../ui/sections";
import { Audit } from "./audit";
import { Keys } from "./keys";
import { Secrets } from "./secrets";
import { Tokens } from "./tokens";
import { Users } from "./users";

const SECTIONS: Section[] = [["users", "Users"], ["keys", "API keys"], ["tokens", "Join tokens"], ["secrets", "Secrets"], ["audit", "Audit"]];

export function Settings() {
  const now = sectionOf(SECTIONS);
  useOpenRecord(place.value.rest[0], SECTIONS.find(([key]) => key === now)?.[1] ?? "");
  return (
    <main id="main" class="settings">
      <h1 tabIndex={-1}>Settings</h1>
      <Sections sections={SECTIONS} />
      {now === "users" ? <Users /> : now === "keys" ? <Keys /> : now === "tokens" ? <Tokens /> : now === "secrets" ? <Secrets /> : now === "audit" ? <Audit />
        : <Empty title={`There is no part "${now}"`}><p>Users, API keys, join tokens, secrets and audit are here.</p></Empty>}
    </main>
  );
}
