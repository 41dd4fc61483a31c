// node sdk.mjs URL KEY: the official client, of the revisions that begin with initialize
import assert from 'node:assert/strict'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { failure, key, run, url } from './check.mjs'

async function connect(path, token = key) {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${url}${path}`), { requestInit: { headers: { Authorization: `Bearer ${token}` } } }),
  )
  return client
}
const text = (result) => result.content.map((block) => block.text).join('\n')

const all = await connect('/mcp')
const few = await connect('/mcp?tag=executions')

await run({
  'the server says what it is': async () => {
    assert.equal(all.getServerVersion().name, 'aiwm')
    assert.deepEqual(all.getServerCapabilities(), { tools: {} })
    assert.match(all.getInstructions(), /AIWM/)
  },
  'a credential that is none is refused': async () => {
    assert.match(String(await failure(connect('/mcp', 'forged'))), /401|Unauthorized/i)
  },
  'many operations are three tools': async () => {
    const { tools } = await all.listTools()
    assert.deepEqual(
      tools.map((tool) => tool.name),
      ['search_api', 'describe', 'call'],
    )
    const found = await all.callTool({ name: 'search_api', arguments: { query: 'list nodes' } })
    assert(found.structuredContent.operations.some((one) => one.operation === 'list_nodes'))
    const described = await all.callTool({ name: 'describe', arguments: { operations: ['list_nodes'] } })
    assert.equal(described.structuredContent.operations[0].inputSchema.type, 'object')
    const listed = await all.callTool({ name: 'call', arguments: { operation: 'list_nodes', arguments: { pageSize: 5 } } })
    assert.deepEqual(listed.structuredContent.items, [])
    assert.deepEqual(JSON.parse(text(listed)), listed.structuredContent)
  },
  'few operations are tools of their own, whose results fit their schemas': async () => {
    const { tools } = await few.listTools()
    assert(tools.length > 3 && tools.length <= 30, String(tools.length))
    assert.equal(tools.find((tool) => tool.name === 'list_executions').annotations.readOnlyHint, true)
    const made = await few.callTool({
      name: 'create_execution',
      arguments: { body: { name: 'by a model', steps: [{ name: 'a', command: 'system.healthCheck' }] } },
    })
    assert(!made.isError, text(made))
    const read = await few.callTool({ name: 'get_execution', arguments: { id: made.structuredContent.id } })
    assert.equal(read.structuredContent.name, 'by a model')
    const listed = await few.callTool({ name: 'list_executions', arguments: { status: ['PENDING'] } })
    assert.equal(listed.structuredContent.items.length, 1)
  },
  'what is wrong can be read': async () => {
    const wrong = await few.callTool({ name: 'create_execution', arguments: { body: { nme: 'x' } } })
    assert.equal(wrong.isError, true)
    assert.match(text(wrong), /nme/)
    assert.match(String(await failure(few.callTool({ name: 'no_such_tool', arguments: {} }))), /-32602/)
  },
  'progress is told while an answer is waited for, and a call can be aborted': async () => {
    const steps = [{ name: 'a', command: 'system.healthCheck' }]
    const heard = []
    const waited = await few.callTool(
      { name: 'create_execution', arguments: { body: { name: 'w', steps, start: true }, wait: 3 } },
      undefined,
      { onprogress: (progress) => heard.push(progress) },
    )
    assert(!waited.isError, text(waited))
    assert(heard.length >= 1 && heard[0].total === 3, JSON.stringify(heard))
    const abort = new AbortController()
    const call = few.callTool(
      { name: 'create_execution', arguments: { body: { name: 'w', steps, start: true }, wait: 300 } },
      undefined,
      { onprogress: () => abort.abort('enough'), signal: abort.signal },
    )
    assert.match(String(await failure(call)), /enough/)
  },
  'pings are answered': async () => {
    assert.deepEqual(await all.ping(), {})
  },
})
await Promise.all([all.close(), few.close()])
