// What processes have used of the processors, and what the whole machine has: from Linux's /proc.
import { readFileSync } from 'node:fs';

/** Of /proc: a hundredth of a second on every Linux that runs Node.js. */
const TICK_MS = 10;

/** User and system time of these processes, all their threads included. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, which may have blanks, ends with the last parenthesis; two fields later the third begins.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }, 0);
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
