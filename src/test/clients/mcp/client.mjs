// node client.mjs URL KEY: the official client of the second generation, of both eras
import assert from 'node:assert/strict'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { failure, key, run, url } from './check.mjs'

async function connect(mode, path = '/mcp') {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } })
  await client.connect(
    new StreamableHTTPClientTransport(new URL(`${url}${path}`), { requestInit: { headers: { Authorization: `Bearer ${key}` } } }),
  )
  return client
}
const checks = {}
for (const [mode, version] of [
  [{ pin: '2026-07-28' }, '2026-07-28'],
  ['auto', '2026-07-28'],
  ['legacy', '2025-11-25'],
]) {
  const name = typeof mode === 'string' ? mode : 'pinned'
  checks[`${name}: the server is spoken to in ${version}`] = async () => {
    const client = await connect(mode)
    assert.equal(client.getNegotiatedProtocolVersion(), version)
    const { tools } = await client.listTools()
    assert.deepEqual(
      tools.map((tool) => tool.name),
      ['search_api', 'describe', 'call'],
    )
    const found = await client.callTool({ name: 'search_api', arguments: { query: 'list nodes' } })
    assert(found.structuredContent.operations.length > 0)
    await client.close()
  }
  checks[`${name}: results fit their schemas, errors can be read`] = async () => {
    const client = await connect(mode, '/mcp?tag=nodes')
    await client.listTools()
    const nodes = await client.callTool({ name: 'list_nodes', arguments: {} })
    assert.deepEqual(nodes.structuredContent.items, [])
    const none = await client.callTool({ name: 'get_node', arguments: { id: 'none' } })
    assert.equal(none.isError, true)
    assert.match(String(await failure(client.callTool({ name: 'no_such_tool', arguments: {} }))), /no_such_tool/)
    await client.close()
  }
}
await run(checks)
