// node with-key.mjs PORT URL KEY: passes requests on with a key. The conformance suite sends no credential of its own.
import http from 'node:http'

const [port, url, key] = process.argv.slice(2)
const to = new URL(url)
http
  .createServer((request, response) => {
    const headers = { ...request.headers, authorization: `Bearer ${key}` }
    const onward = http.request({ host: to.hostname, port: to.port, path: request.url, method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    request.pipe(onward)
  })
  .listen(Number(port), '127.0.0.1', () => console.log('listening'))
