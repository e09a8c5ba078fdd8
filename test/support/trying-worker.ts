// A worker with workflows that a worker of orders never has: `node trying-worker.ts ADDRESS QUEUE`. It writes what runs log, and when it asks their
// thread for that.
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { WorkerThreadClient } from '@temporalio/worker/lib/workflow/threaded-vm.js';

const [, , address = '', taskQueue = ''] = process.argv;
Runtime.install({ logger: new DefaultLogger('WARN', ({ message }) => console.log(`logged: ${message}`)) });

const send = Reflect.get(WorkerThreadClient.prototype, 'send');
WorkerThreadClient.prototype.send = function (input) {
  if (input.type === 'extract-sink-calls') console.log('asked');
  return send.call(this, input);
};

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL('trying-workflows.ts', import.meta.url)),
});
await worker.run();
