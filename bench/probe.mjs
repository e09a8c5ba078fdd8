// Loaded into each thread of a process whose heap is measured. At SIGHUP every thread collects its garbage, and the process writes a line with
// the sum of what their heaps still hold.
import { getHeapStatistics } from 'node:v8';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

const channel = new BroadcastChannel('heap probe');
const say = (what) => channel.postMessage(what);
const hear = (heard) => channel.addEventListener('message', ({ data }) => heard(data));

function heldBytes() {
  // All that can go, twice: what the first time is only found to be dead goes with the second.
  for (let times = 0; times < 2; times += 1) globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  const { used_heap_size: used, external_memory: external } = getHeapStatistics();
  return used + external;
}

if (isMainThread) {
  let threads = 0;
  let answers = 0;
  let bytes = 0;
  const told = () => answers === threads && process.stderr.write(`heap ${bytes + heldBytes()}\n`);
  hear(({ isHere, held }) => {
    if (isHere) threads += 1;
    if (held === undefined) return;
    answers += 1;
    bytes += held;
    told();
  });
  process.on('SIGHUP', () => {
    answers = 0;
    bytes = 0;
    say({ collect: true });
    told();
  });
} else {
  hear(({ collect }) => collect && say({ held: heldBytes() }));
  say({ isHere: true });
}
channel.unref();
