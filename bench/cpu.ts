// What processes have used of the processors, and what the whole machine has: from Linux's /proc.
import { readFileSync } from 'node:fs';

/** Of /proc: a hundredth of a second on every Linux that runs Node.js. */
const TICK_MS = 10;

/** User and system time of these processes and of all that they have started, threads included. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const ofChildren = childrenOf(pid).reduce((all, child) => all + cpuMsOfChild(child), 0);
    return sum + ofChildren + cpuMsOfOne(pid);
  }, 0);
}

function cpuMsOfChild(pid: number): number {
  try {
    return cpuMsOf([pid]);
  } catch {
    // It has just ended, and its parent has its time.
    return 0;
  }
}

function cpuMsOfOne(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, which may have blanks, ends with the last parenthesis; two fields later the third begins.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Its own, and that of its children which have ended.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK_MS, 0);
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Of all processors together: everything but idle and waiting for disks. */
export function busyMs(): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, steal = 0] = (
    /^cpu .*$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[0] ?? ''
  )
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + irq + softIrq + steal) * TICK_MS;
}
