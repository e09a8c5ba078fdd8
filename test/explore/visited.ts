// The states that were seen: a 64-bit digest of each instead of the state, how it was reached, and which follow by themselves.

export class Visited {
  size = 0;
  #slots = new Uint32Array(1 << 16);
  #high = new Uint32Array(1 << 15);
  #low = new Uint32Array(1 << 15);
  #parents = new Int32Array(1 << 15);
  #moves = new Uint16Array(1 << 15);
  #edges = new Uint32Array(1 << 16);
  #edgeCount = 0;

  /** The state's number: a new one, or that under which it is known. */
  add(key: string, parent: number, move: number): number {
    const [high, low] = digest(key);
    let slot = (low & (this.#slots.length - 1)) >>> 0;
    for (;;) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0) break;
      if (this.#high[entry - 1] === high && this.#low[entry - 1] === low) return entry - 1;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    const number = this.size;
    if (number >= this.#high.length) this.#grow();
    this.#high[number] = high;
    this.#low[number] = low;
    this.#parents[number] = parent;
    this.#moves[number] = move;
    this.#slots[slot] = number + 1;
    this.size += 1;
    if (this.size * 2 > this.#slots.length) this.#rehash();
    return number;
  }

  /** The second follows the first by itself, at no cost. */
  edge(from: number, to: number): void {
    if (this.#edgeCount + 2 > this.#edges.length) {
      const wider = new Uint32Array(this.#edges.length * 2);
      wider.set(this.#edges);
      this.#edges = wider;
    }
    this.#edges[this.#edgeCount] = from;
    this.#edges[this.#edgeCount + 1] = to;
    this.#edgeCount += 2;
  }

  /** The moves that lead to a state. */
  pathTo(number: number): number[] {
    const path: number[] = [];
    for (let at = number; at > 0; at = this.#parents[at] ?? 0) path.unshift(this.#moves[at] ?? 0);
    return path;
  }

  /** A state from which what costs nothing can go on for ever, or null: states are taken away that nothing is left to come to. */
  findLoop(): number | null {
    const incoming = new Uint32Array(this.size);
    const starts = new Uint32Array(this.size + 1);
    for (let edge = 0; edge < this.#edgeCount; edge += 2) {
      incoming[this.#edges[edge + 1] ?? 0] = (incoming[this.#edges[edge + 1] ?? 0] ?? 0) + 1;
      starts[(this.#edges[edge] ?? 0) + 1] = (starts[(this.#edges[edge] ?? 0) + 1] ?? 0) + 1;
    }
    for (let index = 0; index < this.size; index += 1)
      starts[index + 1] = (starts[index + 1] ?? 0) + (starts[index] ?? 0);
    const targets = new Uint32Array(this.#edgeCount / 2);
    const fill = starts.slice();
    for (let edge = 0; edge < this.#edgeCount; edge += 2) {
      const from = this.#edges[edge] ?? 0;
      targets[fill[from] ?? 0] = this.#edges[edge + 1] ?? 0;
      fill[from] = (fill[from] ?? 0) + 1;
    }
    const free = new Uint32Array(this.size);
    let [taken, found] = [0, 0];
    for (let index = 0; index < this.size; index += 1) if (incoming[index] === 0) free[found++] = index;
    while (taken < found) {
      const from = free[taken++] ?? 0;
      for (let edge = starts[from] ?? 0; edge < (starts[from + 1] ?? 0); edge += 1) {
        const to = targets[edge] ?? 0;
        incoming[to] = (incoming[to] ?? 0) - 1;
        if (incoming[to] === 0) free[found++] = to;
      }
    }
    if (taken === this.size) return null;
    const left = incoming.findIndex((count) => count > 0);
    return left < 0 ? null : left;
  }

  #grow(): void {
    const wider = <T extends Uint32Array | Int32Array | Uint16Array>(from: T, to: T): T => (to.set(from), to);
    const length = this.#high.length * 2;
    this.#high = wider(this.#high, new Uint32Array(length));
    this.#low = wider(this.#low, new Uint32Array(length));
    this.#parents = wider(this.#parents, new Int32Array(length));
    this.#moves = wider(this.#moves, new Uint16Array(length));
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.size; number += 1) {
      let slot = ((this.#low[number] ?? 0) & mask) >>> 0;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number + 1;
    }
  }
}

/** cyrb53 with both of its halves whole: no cryptography, two worlds in 2^64. */
function digest(text: string): [number, number] {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return [high >>> 0, low >>> 0];
}
