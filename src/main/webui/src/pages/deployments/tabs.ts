/** What a deployment runs, and the tabs of the dock that show its log or open a shell in it. */
import { at, denied } from "../../api/http";
import type { Deployment } from "../../api/types.gen";
import { announce } from "../../ui/announce";
import { showShell } from "../../ui/dock";

export const whatOf = (one: Deployment): string => (one.model?.name ? one.model.name + (one.model.number ? ":" + one.model.number : "") : one.spec?.image ?? one.effectiveSpec?.image ?? "—");

export const logOf = (one: Deployment, replica?: number) => ({
  key: one.id + (replica === undefined ? "" : "/" + replica),
  title: one.name + (replica === undefined ? "" : " · " + replica),
  path: at("deployments", one.id, "logs"),
  query: replica === undefined ? undefined : { replica: String(replica) },
});

/** The first replica that has a container; null: none has. */
export const shellOf = (one: Deployment, replica = (one.instances ?? []).find((each) => each.containerId)?.index) => (replica === undefined ? null : {
  key: `shell/${one.id}/${replica}`,
  title: `${one.name} · ${replica}`,
  path: at("deployments", one.id, "replicas", replica, "shell"),
  command: `aiwm shell ${one.name} --replica ${replica}`,
});

export const openShellOf = (one: Deployment): void => {
  const tab = shellOf(one);
  const why = denied() ?? (tab ? null : "There is no container");
  if (why) announce(why);
  else showShell(tab!);
};
