import { defineConfig } from "vite";

/** What of the terminal's source the content security policy forbids, and what does the same without it. */
const TERMINAL = [
  [/(?:\w+\.mainDocument|this\._document)\.createElement\("style"\)/g, "sheetElement()", 3],
  [/(\w+)\.setAttribute\("style",`\$\{\1\.getAttribute\("style"\)\|\|""\}\$\{(\w+)\};`\)/g, "$1.style.cssText+=`${$2};`", 1],
];

/** Styles of the terminal go into sheets that are adopted; another version of it that has more of them stops the build. */
const strictTerminal = () => ({
  name: "strict-terminal",
  transform(code, id) {
    if (!id.includes("@xterm/xterm/lib/xterm.mjs")) return null;
    let result = code;
    for (const [pattern, instead, times] of TERMINAL) {
      const found = code.match(pattern)?.length ?? 0;
      if (found !== times) throw new Error(`${id}: ${found} times ${pattern}, not ${times}`);
      result = result.replace(pattern, instead);
    }
    return { code: 'import { sheetElement } from "/src/lib/sheet";\n' + result, map: null };
  },
});

// Nothing inline: the page's content security policy allows our own files and nothing else.
export default defineConfig({
  base: "./",
  plugins: [strictTerminal()],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
});
