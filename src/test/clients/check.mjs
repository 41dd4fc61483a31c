// Makes checks of stock clients one after the other: each prints "ok NAME" or "failed NAME: why", and the process ends with 1
// where one has failed.
import assert from 'node:assert/strict'

export const [url, key] = process.argv.slice(2)
/** Served by a real engine, which answers any prompt with this. */
export const real = 'tiny'
export const answer = ' Hello from a tiny model, made to test the whole path.'
/** Served by an upstream that calls tools and misbehaves when told to. */
export const scripted = 'scripted'
export const weather = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
export const afterTools = 'It is 21 degrees in Paris and 9 in Oslo.'

/** What a promise fails with; fails where it does not. */
export async function failure(promise) {
  try {
    await promise
  } catch (cause) {
    return cause
  }
  assert.fail('does not fail')
}

export async function run(checks) {
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check()
      console.log(`ok ${name}`)
    } catch (cause) {
      process.exitCode = 1
      console.log(`failed ${name}: ${cause?.stack ?? cause}`)
    }
  }
}
