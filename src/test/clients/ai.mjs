// node ai.mjs URL KEY: the provider for OpenAI-compatible services of the AI SDK
import assert from 'node:assert/strict'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { APICallError, embed, generateText, jsonSchema, stepCountIs, streamText, tool } from 'ai'
import { afterTools, answer, failure, key, real, run, scripted, url, weather } from './check.mjs'

globalThis.AI_SDK_LOG_WARNINGS = false
const aiwm = createOpenAICompatible({ name: 'aiwm', baseURL: `${url}/v1`, apiKey: key, includeUsage: true })
const asked = []
const tools = {
  weather: tool({
    description: 'of a city',
    inputSchema: jsonSchema(weather),
    execute: async ({ city }) => {
      asked.push(city)
      return { degrees: 21 }
    },
  }),
}

await run({
  'a text is generated': async () => {
    const { text, usage } = await generateText({ model: aiwm(real), prompt: 'hi' })
    assert.equal(text, answer)
    assert(usage.outputTokens > 0)
  },
  'a text is streamed': async () => {
    const stream = streamText({ model: aiwm(real), prompt: 'hi' })
    let pieces = 0
    for await (const piece of stream.textStream) pieces += piece.length > 0
    assert.equal(await stream.text, answer)
    assert(pieces > 5, 'in pieces')
    assert((await stream.usage).outputTokens > 0)
  },
  'tools are called and answered in a stream': async () => {
    const stream = streamText({ model: aiwm(scripted), prompt: 'hi', tools, stopWhen: stepCountIs(3) })
    await stream.consumeStream()
    assert.equal(await stream.text, afterTools)
    assert.deepEqual(asked.sort(), ['Oslo', 'Paris'])
  },
  'a text is embedded': async () => {
    const { embedding } = await embed({ model: aiwm.textEmbeddingModel(real), value: 'hello world' })
    assert(embedding.length > 100)
  },
  'an unknown model is not found': async () => {
    const cause = await failure(generateText({ model: aiwm('nobody'), prompt: 'hi', maxRetries: 0 }))
    assert(APICallError.isInstance(cause), String(cause))
    assert.equal(cause.statusCode, 404)
  },
})
