import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { grouped } from "../lib/format";
import { href, place } from "../lib/route";
import { railSmall } from "../lib/settings";
import { Icon } from "../ui/icons";
import { railOpen } from "./state";
import { PAGES } from "./pages";

export function Rail() {
  const small = railSmall.value;
  const at = useSignal(place.value.page);
  // on a small screen the rail is a menu, which closes when something was chosen
  useEffect(() => {
    if (at.value !== place.value.page) railOpen.value = false;
    at.value = place.value.page;
  }, [place.value.page]);
  return (
    <nav class={"rail" + (small ? " small" : "") + (railOpen.value ? " open" : "")} aria-label="Main" id="rail">
      {PAGES.map((entry) => {
        const count = entry.count?.();
        return (
          <a key={entry.name} href={href(entry.name)} aria-current={place.value.page === entry.name ? "page" : undefined} title={`${entry.title} (g ${entry.key})`}>
            <Icon name={entry.name} />
            <span class="name">{entry.title}</span>
            {count !== undefined && <span class="count">{grouped(count)}</span>}
          </a>
        );
      })}
      <a href="/api-docs/" title="The API's documentation"><Icon name="api" /><span class="name">API</span></a>
      <button type="button" class="fold" aria-label={small ? "Widen the menu" : "Narrow the menu"} title={small ? "Widen the menu" : "Narrow the menu"} onClick={() => { railSmall.value = !small; }}>
        <span aria-hidden="true">{small ? "»" : "«"}</span>
      </button>
    </nav>
  );
}
