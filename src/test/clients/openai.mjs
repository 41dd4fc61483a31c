// node openai.mjs URL KEY: OpenAI's client
import assert from 'node:assert/strict'
import OpenAI, { APIConnectionTimeoutError, AuthenticationError, BadRequestError, NotFoundError, RateLimitError, toFile } from 'openai'
import { afterTools, answer, failure, key, real, run, scripted, url, weather } from './check.mjs'

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
const hi = [{ role: 'user', content: 'hi' }]
const tools = [{ type: 'function', function: { name: 'weather', description: 'of a city', parameters: weather } }]
const flat = [{ type: 'function', name: 'weather', description: 'of a city', parameters: weather, strict: true }]
const cities = (calls) => calls.map((call) => JSON.parse((call.function ?? call).arguments).city)

await run({
  'models are listed': async () => {
    const names = (await client.models.list()).data.map((model) => model.id)
    assert(names.includes(real) && names.includes(scripted), names.join())
  },
  'a chat is answered': async () => {
    const chat = await client.chat.completions.create({ model: real, messages: hi })
    assert.equal(chat.choices[0].message.content, answer)
    assert.equal(chat.choices[0].finish_reason, 'stop')
    assert(chat.usage.completion_tokens > 0)
  },
  'a chat is streamed with its usage': async () => {
    const stream = await client.chat.completions.create({
      model: real,
      messages: hi,
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let usage
    let pieces = 0
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? ''
      pieces += chunk.choices.length
      usage = chunk.usage ?? usage
    }
    assert.equal(text, answer)
    assert(pieces > 5, 'in pieces')
    assert(usage.completion_tokens > 0)
  },
  'usage is not sent unless it is asked for': async () => {
    const stream = await client.chat.completions.create({ model: real, messages: hi, stream: true })
    for await (const chunk of stream) assert(!chunk.usage && chunk.choices.length === 1, JSON.stringify(chunk))
  },
  'tools are called': async () => {
    const chat = await client.chat.completions.create({ model: scripted, messages: hi, tools })
    const calls = chat.choices[0].message.tool_calls
    assert.deepEqual(cities(calls), ['Paris', 'Oslo'])
    const results = calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: '21' }))
    const next = [...hi, chat.choices[0].message, ...results]
    const last = await client.chat.completions.create({ model: scripted, messages: next, tools })
    assert.equal(last.choices[0].message.content, afterTools)
  },
  'tools are called in a stream': async () => {
    const chat = await client.chat.completions.stream({ model: scripted, messages: hi, tools }).finalChatCompletion()
    assert.deepEqual(cities(chat.choices[0].message.tool_calls), ['Paris', 'Oslo'])
  },
  'texts are embedded': async () => {
    const found = await client.embeddings.create({ model: real, input: ['hello world', 'hello there world'] })
    assert.equal(found.data.length, 2)
    assert(found.data[0].embedding.length > 100 && found.data[0].embedding.every(Number.isFinite))
  },
  'a response is given and not kept': async () => {
    const response = await client.responses.create({ model: real, input: 'hi', instructions: 'be kind', store: true })
    assert.equal(response.output_text, answer)
    assert.equal(response.status, 'completed')
    assert.equal(response.store, false)
    assert(response.usage.output_tokens > 0)
  },
  'a response that is cut says so': async () => {
    const response = await client.responses.create({ model: real, input: 'hi', max_output_tokens: 2 })
    assert.equal(response.status, 'incomplete')
    assert.equal(response.incomplete_details.reason, 'max_output_tokens')
  },
  'a response is streamed': async () => {
    const stream = client.responses.stream({ model: real, input: 'hi' })
    let text = ''
    stream.on('response.output_text.delta', (event) => (text += event.delta))
    assert.equal((await stream.finalResponse()).output_text, answer)
    assert.equal(text, answer)
  },
  'a response calls tools': async () => {
    const first = await client.responses.create({ model: scripted, input: 'hi', tools: flat })
    const calls = first.output.filter((item) => item.type === 'function_call')
    assert.deepEqual(cities(calls), ['Paris', 'Oslo'])
    const results = calls.map((call) => ({ type: 'function_call_output', call_id: call.call_id, output: '21' }))
    const input = [{ role: 'user', content: 'hi' }, ...first.output, ...results]
    const last = await client.responses.create({ model: scripted, input, tools: flat })
    assert.equal(last.output_text, afterTools)
  },
  'a response calls tools in a stream': async () => {
    const response = await client.responses.stream({ model: scripted, input: 'hi', tools: flat }).finalResponse()
    assert.deepEqual(cities(response.output.filter((item) => item.type === 'function_call')), ['Paris', 'Oslo'])
  },
  'a response that breaks off has failed': async () => {
    const types = []
    for await (const event of await client.responses.create({ model: scripted, input: 'break', stream: true })) {
      types.push(event.type)
    }
    assert.equal(types.at(-1), 'response.failed')
  },
  'what needs a memory is refused by name': async () => {
    const cause = await failure(client.responses.create({ model: real, input: 'x', previous_response_id: 'resp_1' }))
    assert(cause instanceof BadRequestError, String(cause))
    assert.equal(cause.param, 'previous_response_id')
    assert.equal(cause.type, 'invalid_request_error')
  },
  'a batch is made and its results are read': async () => {
    const line = (id) => ({
      custom_id: id,
      method: 'POST',
      url: '/v1/chat/completions',
      body: { model: real, messages: hi, max_tokens: 40 },
    })
    const text = ['one', 'two', 'three'].map((id) => JSON.stringify(line(id))).join('\n')
    const file = await client.files.create({ file: await toFile(Buffer.from(text), 'lines.jsonl'), purpose: 'batch' })
    assert.equal(file.purpose, 'batch')
    assert.equal(file.bytes, text.length)
    assert.equal((await client.files.retrieve(file.id)).filename, 'lines.jsonl')
    let batch = await client.batches.create({
      input_file_id: file.id,
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      metadata: { of: 'tests' },
    })
    for (let left = 600; batch.status !== 'completed' && left > 0; left--) {
      await new Promise((then) => setTimeout(then, 100))
      batch = await client.batches.retrieve(batch.id)
    }
    assert.deepEqual(batch.request_counts, { total: 3, completed: 3, failed: 0 }, JSON.stringify(batch))
    assert.deepEqual(batch.metadata, { of: 'tests' })
    const results = (await (await client.files.content(batch.output_file_id)).text()).trim().split('\n').map(JSON.parse)
    assert.deepEqual(results.map((one) => one.custom_id).sort(), ['one', 'three', 'two'])
    for (const one of results) assert.equal(one.response.body.choices[0].message.content, answer)
    const listed = []
    for await (const one of client.batches.list({ limit: 1 })) listed.push(one.id)
    assert(listed.includes(batch.id))
    const files = []
    for await (const one of client.files.list({ purpose: 'batch_output', limit: 1 })) files.push(one.id)
    assert(files.includes(batch.output_file_id))
    for (const id of [file.id, batch.output_file_id]) assert((await client.files.delete(id)).deleted)
  },
  'a batch is cancelled': async () => {
    const body = { model: scripted, messages: [{ role: 'user', content: 'stall' }] }
    const text = JSON.stringify({ custom_id: 'one', method: 'POST', url: '/v1/chat/completions', body })
    const file = await client.files.create({ file: await toFile(Buffer.from(text), 'lines.jsonl'), purpose: 'batch' })
    const asked = { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' }
    let batch = await client.batches.create(asked)
    for (let left = 600; batch.status !== 'in_progress' && left > 0; left--) {
      await new Promise((then) => setTimeout(then, 50))
      batch = await client.batches.retrieve(batch.id)
    }
    batch = await client.batches.cancel(batch.id)
    for (let left = 600; batch.status !== 'cancelled' && left > 0; left--) {
      await new Promise((then) => setTimeout(then, 50))
      batch = await client.batches.retrieve(batch.id)
    }
    assert.equal(batch.status, 'cancelled')
    await client.files.delete(file.id)
  },
  'a batch of a file that is not there is refused': async () => {
    const asked = { input_file_id: 'file_none', endpoint: '/v1/chat/completions', completion_window: '24h' }
    const cause = await failure(client.batches.create(asked))
    assert(cause instanceof BadRequestError, String(cause))
    assert.equal(cause.param, 'input_file_id')
  },
  'an unknown model is not found': async () => {
    const cause = await failure(client.chat.completions.create({ model: 'nobody', messages: hi }))
    assert(cause instanceof NotFoundError, String(cause))
    assert.equal(cause.code, 'model_not_found')
  },
  'a wrong key is refused': async () => {
    const cause = await failure(client.withOptions({ apiKey: 'wrong' }).models.list())
    assert(cause instanceof AuthenticationError, String(cause))
    assert.equal(cause.type, 'authentication_error')
  },
  'a limit of the upstream is told': async () => {
    const cause = await failure(
      client.chat.completions.create({ model: scripted, messages: [{ role: 'user', content: 'limit' }] }),
    )
    assert(cause instanceof RateLimitError, String(cause))
  },
  'a stream that breaks off fails': async () => {
    const stream = await client.chat.completions.create({
      model: scripted,
      messages: [{ role: 'user', content: 'break' }],
      stream: true,
    })
    let text = ''
    const cause = await failure(
      (async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? ''
      })(),
    )
    assert.equal(text, 'half')
    assert(cause.type === 'server_error', String(cause))
  },
  'the client times out': async () => {
    const stalled = [{ role: 'user', content: 'stall' }]
    const cause = await failure(
      client.chat.completions.create({ model: scripted, messages: stalled }, { timeout: 500 }),
    )
    assert(cause instanceof APIConnectionTimeoutError, String(cause))
  },
  'the client aborts a stream': async () => {
    const stalled = [{ role: 'user', content: 'stall' }]
    const stream = await client.chat.completions.create({ model: scripted, messages: stalled, stream: true })
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.content) stream.controller.abort()
    }
  },
})
