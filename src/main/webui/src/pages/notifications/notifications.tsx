import { Empty } from "../../ui/basic";
import { type Section, Sections, sectionOf } from "../../ui/sections";
import { Inbox } from "./inbox";
import { Rules } from "./rules";
import { Targets } from "./targets";

const SECTIONS: Section[] = [["inbox", "Inbox"], ["rules", "Rules"], ["targets", "Targets"]];

export function Notifications() {
  const now = sectionOf(SECTIONS);
  return (
    <main id="main" class="settings">
      <h1 tabIndex={-1}>Notifications</h1>
      <Sections sections={SECTIONS} />
      {now === "inbox" ? <Inbox /> : now === "rules" ? <Rules /> : now === "targets" ? <Targets /> : <Empty title={`There is no part "${now}"`}><p>The inbox, rules and targets are here.</p></Empty>}
    </main>
  );
}
