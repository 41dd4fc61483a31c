// node langchain.mjs URL KEY: LangChain's model and embeddings of OpenAI
import assert from 'node:assert/strict'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { afterTools, answer, failure, key, real, run, scripted, url, weather } from './check.mjs'

const configuration = { baseURL: `${url}/v1` }
const chat = (model, more) => new ChatOpenAI({ model, apiKey: key, configuration, maxRetries: 0, ...more })
const degrees = tool(async ({ city }) => (city === 'Paris' ? '21' : '9'), {
  name: 'weather',
  description: 'of a city',
  schema: weather,
})

await run({
  'a chat is answered with its usage': async () => {
    const message = await chat(real).invoke('hi')
    assert.equal(message.content, answer)
    assert(message.usage_metadata.output_tokens > 0)
  },
  'a chat is streamed with its usage': async () => {
    let whole
    let pieces = 0
    for await (const piece of await chat(real).stream('hi')) {
      whole = whole ? whole.concat(piece) : piece
      pieces += piece.content.length > 0
    }
    assert.equal(whole.content, answer)
    assert(pieces > 5, 'in pieces')
    assert(whole.usage_metadata.output_tokens > 0)
  },
  'tools are called and answered': async () => {
    const model = chat(scripted).bindTools([degrees])
    const asked = [new HumanMessage('hi')]
    const calling = await model.invoke(asked)
    assert.deepEqual(calling.tool_calls.map((call) => call.args.city), ['Paris', 'Oslo'])
    const results = []
    for (const call of calling.tool_calls) results.push(await degrees.invoke(call))
    assert(results.every((result) => ToolMessage.isInstance(result)))
    assert.equal((await model.invoke([...asked, calling, ...results])).content, afterTools)
  },
  'tools are called in a stream': async () => {
    let whole
    for await (const piece of await chat(scripted).bindTools([degrees]).stream('hi')) {
      whole = whole ? whole.concat(piece) : piece
    }
    assert.deepEqual(whole.tool_calls.map((call) => call.args.city), ['Paris', 'Oslo'])
  },
  'the responses API is used where it is asked for': async () => {
    const message = await chat(real, { useResponsesApi: true }).invoke('hi')
    assert.equal(message.text, answer)
  },
  'texts are embedded': async () => {
    const embeddings = new OpenAIEmbeddings({ model: real, apiKey: key, configuration, maxRetries: 0 })
    const [first, second] = await embeddings.embedDocuments(['hello world', 'hello there world'])
    assert(first.length > 100 && first.length === second.length)
  },
  'an unknown model is not found': async () => {
    const cause = await failure(chat('nobody').invoke('hi'))
    assert.equal(cause.status, 404)
  },
})
