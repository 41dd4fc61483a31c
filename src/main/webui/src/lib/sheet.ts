/** Styles that come at run time, as the content security policy allows them: in sheets that the document adopts. */

/** Stands for a style element: its text becomes a sheet, which goes with it. */
export function sheetElement(): HTMLElement {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const element = document.createElement("data");
  element.hidden = true;
  const remove = element.remove.bind(element);
  Object.defineProperty(element, "textContent", { get: () => "", set: (css: string) => sheet.replaceSync(css) });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    remove();
  };
  return element;
}
