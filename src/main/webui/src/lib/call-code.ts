/** One call of a model as a program, with the usual clients. Pure. */

export type CallForm = "curl" | "python" | "javascript";
export const CALL_FORMS: [CallForm, string][] = [["curl", "curl"], ["python", "Python"], ["javascript", "JavaScript"]];

type Body = Record<string, unknown>;

/** As a literal of Python: JSON but for three words. */
export function pythonLiteral(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonLiteral).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).filter(([, one]) => one !== undefined).map(([key, one]) => `${JSON.stringify(key)}: ${pythonLiteral(one)}`).join(", ")}}`;
  // a number that is none was typed wrong: the server says so
  return typeof value === "number" && !Number.isFinite(value) ? "None" : JSON.stringify(value);
}

/** With `pip install openai`. */
export const pythonCall = (origin: string, body: Body): string => `import os
from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(origin + "/v1")}, api_key=os.environ["AIWM_TOKEN"])
stream = client.chat.completions.create(
${Object.entries(body).map(([key, value]) => `    ${key}=${pythonLiteral(value)},`).join("\n")}
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
print()`;

/** With `npm install openai`. */
export const javascriptCall = (origin: string, body: Body): string => `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${JSON.stringify(origin + "/v1")}, apiKey: process.env.AIWM_TOKEN });
const stream = await client.chat.completions.create({
${Object.entries(body).map(([key, value]) => `  ${key}: ${JSON.stringify(value)},`).join("\n")}
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");
process.stdout.write("\\n");`;
