// Uploads a file with the stock client of tus, and goes on with an upload that an earlier process began.
// node upload.mjs ENDPOINT TOKEN FILE STATE [KILL_AFTER_BYTES]
// STATE is the file in which the client keeps what it needs to resume. With KILL_AFTER_BYTES the process kills itself.
import fs from 'node:fs'
import path from 'node:path'
import * as tus from 'tus-js-client'

const [endpoint, token, file, state, killAfter] = process.argv.slice(2)
const size = fs.statSync(file).size
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint,
  uploadSize: size,
  chunkSize: 1 << 20,
  retryDelays: Array(60).fill(500),
  headers: { Authorization: `Bearer ${token}` },
  metadata: { name: 'tus', path: path.basename(file) },
  urlStorage: new tus.FileUrlStorage(state),
  fingerprint: async () => `aiwm-${file}`,
  onShouldRetry: () => true,
  onProgress: (sent) => console.log(`sent ${sent}`),
  onChunkComplete: (_, accepted) => {
    console.log(`accepted ${accepted}`)
    if (killAfter && accepted >= Number(killAfter)) process.kill(process.pid, 'SIGKILL')
  },
  onError: (cause) => {
    console.error(String(cause))
    process.exit(1)
  },
  onSuccess: () => {
    console.log(`done ${upload.url}`)
    process.exit(0)
  },
})
const earlier = await upload.findPreviousUploads()
if (earlier.length > 0) {
  console.log(`resumes ${earlier[0].uploadUrl}`)
  upload.resumeFromPreviousUpload(earlier[0])
}
upload.start()
