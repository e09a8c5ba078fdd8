// A worker with workflows that a worker of orders never has: `node trying-worker.ts ADDRESS QUEUE`.
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

const [, , address = '', taskQueue = ''] = process.argv;
Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  taskQueue,
  workflowsPath: fileURLToPath(new URL('trying-workflows.ts', import.meta.url)),
});
await worker.run();
