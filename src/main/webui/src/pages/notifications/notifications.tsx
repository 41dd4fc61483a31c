import { place } from "../../lib/route";
import { Empty } from "../../ui/basic";
import { useOpenRecord } from "../../ui/inspector";
import { type Section, Sections, sectionOf } from "../../ui/sections";
import { Inbox } from "./inbox";
import { Rules } from "./rules";
import { Targets } from "./targets";

const SECTIONS: Section[] = [["inbox", "Inbox"], ["rules", "Rules"], ["targets", "Targets"]];

export function Notifications() {
  const now = sectionOf(SECTIONS);
  useOpenRecord(place.value.rest[0], SECTIONS.find(([key]) => key === now)?.[1] ?? "");
  return (
    <main id="main" class="settings">
      <h1 tabIndex={-1}>Notifications</h1>
      <Sections sections={SECTIONS} />
      {now === "inbox" ? <Inbox /> : now === "rules" ? <Rules /> : now === "targets" ? <Targets /> : <Empty title={`There is no part "${now}"`}><p>The inbox, rules and targets are here.</p></Empty>}
    </main>
  );
}
