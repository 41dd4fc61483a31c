// A stock BullMQ worker: prints a line of JSON for each job, and follows a few words on standard input.
import { Queue, Worker } from 'bullmq';
import { createInterface } from 'node:readline';

const connection = JSON.parse(process.argv[2]);
connection.maxRetriesPerRequest = null;
const say = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const queue = new Queue('notifications', { connection });
const worker = new Worker(
  'notifications',
  async (job) => say({ id: job.id, name: job.name, data: job.data, attempts: job.opts.attempts }),
  { connection, concurrency: 1 },
);
// Redis dies in some tests; a worker goes on when it is back
queue.on('error', () => {});
worker.on('error', () => {});
await worker.waitUntilReady();
say({ ready: true });
for await (const word of createInterface({ input: process.stdin })) {
  if (word === 'pause') await queue.pause();
  if (word === 'resume') await queue.resume();
  if (word === 'counts') say({ counts: await queue.getJobCounts() });
  else say({ done: word });
}
await worker.close();
await queue.close();
process.exit(0);
