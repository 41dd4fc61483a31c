// node anthropic.mjs URL KEY: Anthropic's client
import assert from 'node:assert/strict'
import Anthropic, { APIError, AuthenticationError, BadRequestError, NotFoundError } from '@anthropic-ai/sdk'
import { afterTools, answer, failure, key, real, run, scripted, url, weather } from './check.mjs'

const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 })
const user = (content) => [{ role: 'user', content }]
const tools = [{ name: 'weather', description: 'of a city', input_schema: weather }]
const ask = (model, content, more) => ({ model, max_tokens: 100, messages: user(content), ...more })
const cities = (message) => message.content.filter((block) => block.type === 'tool_use').map((block) => block.input.city)

await run({
  'a message is answered': async () => {
    const message = await client.messages.create(ask(real, 'hi', { system: 'be kind' }))
    assert.deepEqual(
      message.content.map((block) => [block.type, block.text]),
      [['text', answer]],
    )
    assert.equal(message.stop_reason, 'end_turn')
    assert.equal(message.model, real)
    assert(message.usage.input_tokens > 0 && message.usage.output_tokens > 0)
  },
  'a message that is cut says so': async () => {
    const message = await client.messages.create({ ...ask(real, 'hi'), max_tokens: 2 })
    assert.equal(message.stop_reason, 'max_tokens')
  },
  'a message is streamed': async () => {
    const stream = client.messages.stream(ask(real, [{ type: 'text', text: 'hi' }]))
    let text = ''
    let pieces = 0
    stream.on('text', (piece) => {
      text += piece
      pieces++
    })
    const message = await stream.finalMessage()
    assert.equal(text, answer)
    assert(pieces > 5, 'in pieces')
    assert.equal(message.stop_reason, 'end_turn')
    assert(message.usage.output_tokens > 0)
  },
  'tools are called': async () => {
    const first = await client.messages.create(ask(scripted, 'hi', { tools, tool_choice: { type: 'any' } }))
    assert.equal(first.stop_reason, 'tool_use')
    assert.deepEqual(cities(first), ['Paris', 'Oslo'])
    const results = first.content
      .filter((block) => block.type === 'tool_use')
      .map((block) => ({ type: 'tool_result', tool_use_id: block.id, content: '21' }))
    const messages = [...user('hi'), { role: 'assistant', content: first.content }, ...user(results)]
    const last = await client.messages.create({ ...ask(scripted, ''), tools, messages })
    assert.equal(last.content[0].text, afterTools)
  },
  'tools are called in a stream': async () => {
    const message = await client.messages.stream(ask(scripted, 'hi', { tools })).finalMessage()
    assert.equal(message.stop_reason, 'tool_use')
    assert.deepEqual(cities(message), ['Paris', 'Oslo'])
  },
  'tokens are counted': async () => {
    const few = await client.messages.countTokens({ model: real, messages: user('hi') })
    const more = await client.messages.countTokens({ model: real, messages: user('hi '.repeat(500)) })
    assert(few.input_tokens > 0 && more.input_tokens > few.input_tokens + 200)
  },
  'an unknown model is not found': async () => {
    const cause = await failure(client.messages.create(ask('nobody', 'hi')))
    assert(cause instanceof NotFoundError, String(cause))
    assert.equal(cause.type, 'not_found_error')
  },
  'a wrong key is refused': async () => {
    const cause = await failure(client.withOptions({ apiKey: 'wrong' }).messages.create(ask(real, 'hi')))
    assert(cause instanceof AuthenticationError, String(cause))
    assert.equal(cause.type, 'authentication_error')
  },
  'what is wrong is named': async () => {
    const cause = await failure(client.messages.create(ask(real, [{ type: 'video' }])))
    assert(cause instanceof BadRequestError, String(cause))
    assert.match(cause.message, /messages\.0\.content\.0\.type/)
  },
  'a stream that breaks off fails': async () => {
    const cause = await failure(client.messages.stream(ask(scripted, 'break')).finalMessage())
    assert(cause instanceof APIError, String(cause))
    assert.equal(cause.type, 'api_error')
  },
  'the client aborts a stream': async () => {
    const stream = client.messages.stream(ask(scripted, 'stall'))
    stream.on('text', () => stream.abort())
    assert.match(String(await failure(stream.finalMessage())), /abort/i)
  },
})
