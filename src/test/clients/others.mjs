// node others.mjs URL KEY MODEL...: clients read what servers stream that write events in other ways than engines do; each model is one
import assert from 'node:assert/strict'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import Anthropic from '@anthropic-ai/sdk'
import { streamText } from 'ai'
import OpenAI from 'openai'
import { key, run, url } from './check.mjs'

const said = 'h\u00e4, \u4f60 \u{1f600}.'
const [prompt, completion] = [7, 3]
const messages = [{ role: 'user', content: 'hi' }]
const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
const anthropic = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 })
const compatible = createOpenAICompatible({ name: 'aiwm', baseURL: `${url}/v1`, apiKey: key, includeUsage: true })

const checks = (model) => ({
  [`${model}: a chat`]: async () => {
    const options = { include_usage: true }
    const stream = await openai.chat.completions.create({ model, messages, stream: true, stream_options: options })
    let text = ''
    let finish
    let usage
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta?.content ?? ''
      finish = chunk.choices[0]?.finish_reason ?? finish
      usage = chunk.usage ?? usage
    }
    assert.equal(text, said)
    assert.equal(finish, 'stop')
    assert.deepEqual([usage.prompt_tokens, usage.completion_tokens], [prompt, completion])
  },
  [`${model}: a chat that does not ask for its usage`]: async () => {
    const stream = await openai.chat.completions.create({ model, messages, stream: true })
    let text = ''
    for await (const chunk of stream) {
      assert.equal(chunk.choices.length, 1, 'only events with a part of the answer')
      text += chunk.choices[0].delta.content ?? ''
    }
    assert.equal(text, said)
  },
  [`${model}: a response`]: async () => {
    const response = await openai.responses.stream({ model, input: 'hi' }).finalResponse()
    assert.equal(response.output_text, said)
    assert.equal(response.status, 'completed')
    assert.deepEqual([response.usage.input_tokens, response.usage.output_tokens], [prompt, completion])
  },
  [`${model}: a message`]: async () => {
    const message = await anthropic.messages.stream({ model, max_tokens: 9, messages }).finalMessage()
    assert.equal(message.content.map((block) => block.text).join(), said)
    assert.equal(message.stop_reason, 'end_turn')
    assert.equal(message.usage.output_tokens, completion)
  },
  [`${model}: a text`]: async () => {
    const stream = streamText({ model: compatible(model), prompt: 'hi', maxRetries: 0 })
    assert.equal(await stream.text, said)
    assert.equal(await stream.finishReason, 'stop')
    const usage = await stream.usage
    assert.deepEqual([usage.inputTokens, usage.outputTokens], [prompt, completion])
  },
})

await run(Object.assign({}, ...process.argv.slice(4).map(checks)))
