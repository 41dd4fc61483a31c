// Builds the page. Called by bin/lib/webui, which Maven calls:
//   build.mjs build ROOT   types, type check and bundle into target/classes/web
//   build.mjs test ROOT    the unit tests of src/test/webui
// All that npm brings lies in target/webui, so that src holds sources alone. What has not changed is not built again.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

const [what, root] = process.argv.slice(2);
const sources = join(root, "src/main/webui");
const tests = join(root, "src/test/webui");
const contract = join(root, "src/main/resources/openapi");
const work = join(root, "target/webui");
const output = join(root, "target/classes/web");

const filesIn = (folder) => existsSync(folder)
  ? readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((entry) =>
    entry.name === "node_modules" ? [] : entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)])
  : [];

function digest(...folders) {
  const hash = createHash("sha256");
  for (const file of folders.flatMap(filesIn)) hash.update(relative(root, file)).update("\0").update(readFileSync(file)).update("\0");
  return hash.digest("hex");
}

const mark = (name) => join(work, "." + name);
const isDone = (name, value) => existsSync(mark(name)) && readFileSync(mark(name), "utf8") === value;
const done = (name, value) => writeFileSync(mark(name), value);
const say = (text) => console.log("webui: " + text);

function run(program, ...args) {
  execFileSync(program, args, { cwd: work, stdio: ["ignore", "inherit", "inherit"] });
}

function install() {
  const lock = createHash("sha256").update(readFileSync(join(sources, "package-lock.json"))).update(process.version).digest("hex");
  if (isDone("installed", lock)) return;
  say("installing packages");
  mkdirSync(work, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(sources, name), join(work, name));
  run("npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error");
  done("installed", lock);
}

/** The sources beside node_modules, where programs of npm look for it. */
function copy() {
  for (const name of ["src", "public", "test"]) rmSync(join(work, name), { recursive: true, force: true });
  for (const name of ["src", "public", "index.html", "tsconfig.json", "vite.config.mjs", "types.mjs"]) {
    cpSync(join(sources, name), join(work, name), { recursive: true });
  }
  if (existsSync(tests)) cpSync(tests, join(work, "test"), { recursive: true });
}

async function types() {
  const { typesOf, shapesOf } = await import(pathToFileURL(join(work, "types.mjs")));
  writeFileSync(join(work, "src/api/types.gen.ts"), typesOf(filesIn(contract)));
  writeFileSync(join(work, "src/api/shapes.gen.ts"), shapesOf(filesIn(contract)));
}

async function vite() {
  return import(pathToFileURL(join(work, "node_modules/vite/dist/node/index.js")));
}

async function build() {
  const now = digest(sources, contract, tests);
  if (isDone("built", now) && existsSync(join(output, "index.html"))) return;
  install();
  copy();
  await types();
  say("checking types");
  run("node", "node_modules/typescript/bin/tsc", "-p", ".");
  say("bundling");
  await (await vite()).build({ root: work, logLevel: "warn", build: { outDir: output, emptyOutDir: true } });
  done("built", now);
}

async function test() {
  const now = digest(sources, contract, tests);
  if (isDone("tested", now) || filesIn(tests).length === 0) return;
  // what is tested is the copy that a build makes
  await build();
  const folder = join(work, "tests");
  const input = Object.fromEntries(filesIn(join(work, "test")).map((file) => [file.replace(/^.*\/|\.ts$/g, ""), file]));
  await (await vite()).build({
    root: work, logLevel: "warn", publicDir: false,
    build: { ssr: true, outDir: folder, emptyOutDir: true, rollupOptions: { input, output: { entryFileNames: "[name].mjs" } } },
    ssr: { noExternal: true },
  });
  run("node", "--test", ...Object.keys(input).map((name) => join(folder, name + ".mjs")));
  done("tested", now);
}

try {
  await { build, test }[what]();
} catch (cause) {
  // what a program printed stands above; its stack says nothing more
  console.error("webui: " + (cause.status === undefined ? cause.stack : cause.message));
  process.exit(1);
}
