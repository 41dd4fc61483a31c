import { render } from "preact";
import { startTheme } from "./lib/settings";
import { startRouter } from "./lib/route";
import { startKeys } from "./lib/keys";
import { App } from "./shell/app";
import "./style/base.css";
import "./style/shell.css";
import "./style/list.css";
import "./style/fleet.css";
import "./style/work.css";
import "./style/talk.css";

startTheme();
startRouter();
startKeys();
render(<App />, document.getElementById("app")!);
