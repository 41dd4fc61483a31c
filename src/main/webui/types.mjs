// Writes the schemas of the OpenAPI files as TypeScript types, so that a field that the API does not have does not compile.
import { readFileSync } from "node:fs";
import { parse } from "yaml";

const name = (ref) => ref.replace(/^#\/components\/schemas\//, "").split("/properties/")
  .map((part, i) => (i === 0 ? part : `["${part}"]`)).reduce((all, part) => (all === "" ? part : `NonNullable<${all}${part}>`), "");

function union(parts) {
  const all = [...new Set(parts)];
  return all.length === 1 ? all[0] : "(" + all.join(" | ") + ")";
}

function object(schema) {
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const says = value.description ? `/** ${value.description.replaceAll("*/", "* /").replaceAll("\n", " ")} */ ` : "";
    return `${says}${JSON.stringify(key)}${required.has(key) ? "" : "?"}: ${type(value)};`;
  });
  const more = schema.additionalProperties;
  if (fields.length === 0) return more && more !== true ? `Record<string, ${type(more)}>` : "Record<string, any>";
  return `{ ${fields.join(" ")} }`;
}

function one(kind, schema) {
  switch (kind) {
    case "object": return object(schema);
    case "array": return `${schema.items ? type(schema.items) : "any"}[]`;
    case "integer": case "number": return "number";
    case "string": return "string";
    case "boolean": return "boolean";
    case "null": return "null";
    default: return "any";
  }
}

function type(schema) {
  if (schema.$ref) return name(schema.$ref);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  if (schema.allOf) {
    const own = schema.properties ? [object(schema)] : [];
    return "(" + [...schema.allOf.map(type), ...own].join(" & ") + ")";
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices && !schema.properties) return union(choices.map(type));
  if (Array.isArray(schema.type)) return union(schema.type.map((kind) => one(kind, schema)));
  return one(schema.type ?? (schema.properties ? "object" : "any"), schema);
}

export function typesOf(files) {
  const lines = ["// Generated from the OpenAPI files; types.mjs says how."];
  for (const file of files) {
    const schemas = parse(readFileSync(file, "utf8")).components?.schemas ?? {};
    for (const [key, schema] of Object.entries(schemas)) lines.push(`export type ${key} = ${type(schema)};`);
  }
  return lines.join("\n") + "\n";
}
