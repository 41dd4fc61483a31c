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

/** Requests that are edited as JSON. */
const EDITED = ["DeploymentRequest", "NewJob", "NewExecution"];
const DEEPEST = 7;
const LONGEST = 240;

const found = (schema, all) => schema.$ref.split("/").slice(3).reduce((at, part) => at?.[part], all);

/** What kinds of JSON values a schema takes; undefined: any, or it is not plain to see. */
function kinds(schema, all) {
  if (!schema) return undefined;
  if (schema.$ref) return kinds(found(schema, all), all);
  if (schema.type) return [schema.type].flat();
  if (schema.enum) return [...new Set(schema.enum.map((value) => (value === null ? "null" : typeof value)))];
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) {
    const each = choices.map((part) => kinds(part, all));
    return each.every(Boolean) ? [...new Set(each.flat())] : undefined;
  }
  return schema.properties ? ["object"] : undefined;
}

/** What of a schema helps who writes JSON: types, descriptions, fields and values. */
function shape(schema, all, depth = 0) {
  if (!schema || depth > DEEPEST) return {};
  if (schema.$ref) return shape(found(schema, all), all, depth);
  const parts = [...(schema.allOf ?? []), ...(schema.oneOf ?? schema.anyOf ?? [])].map((part) => shape(part, all, depth));
  const result = Object.assign({}, ...parts);
  const kind = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (kind) result.t = kind;
  if (schema.description) result.d = schema.description.replaceAll("\n", " ").slice(0, LONGEST);
  if (schema.enum) result.e = schema.enum;
  if (schema.items) result.i = shape(schema.items, all, depth + 1);
  if (schema.properties) result.p = { ...result.p, ...Object.fromEntries(Object.entries(schema.properties).map(([key, value]) => [key, shape(value, all, depth + 1)])) };
  // what a text is checked by: only where the schema itself says so, and nothing that is put together of several
  const taken = kinds(schema, all);
  if (taken) result.k = taken;
  if (schema.enum) result.s = true;
  else delete result.s;
  const whole = schema.properties && !schema.allOf;
  if (whole && schema.additionalProperties === false && depth < DEEPEST) result.x = true;
  else delete result.x;
  if (whole && schema.required?.length) result.q = schema.required;
  else delete result.q;
  return result;
}

export function shapesOf(files) {
  const all = Object.assign({}, ...files.map((file) => parse(readFileSync(file, "utf8")).components?.schemas ?? {}));
  const shapes = Object.fromEntries(EDITED.map((one) => [one, shape(all[one], all)]));
  return `// Generated from the OpenAPI files; types.mjs says how.\nimport type { ShapePart } from "../lib/json-places";\nexport const SHAPES: Record<${EDITED.map((one) => JSON.stringify(one)).join(" | ")}, ShapePart> = ${JSON.stringify(shapes)};\n`;
}

export function typesOf(files) {
  const lines = ["// Generated from the OpenAPI files; types.mjs says how."];
  for (const file of files) {
    const schemas = parse(readFileSync(file, "utf8")).components?.schemas ?? {};
    for (const [key, schema] of Object.entries(schemas)) lines.push(`export type ${key} = ${type(schema)};`);
  }
  return lines.join("\n") + "\n";
}
