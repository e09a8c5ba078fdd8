// A plot of latency against load, as SVG.

export type Line = { name: string; colour: string; dashed: boolean; points: readonly { x: number; y: number }[] };

const WIDTH = 760;
const HEIGHT = 380;
const LEFT = 70;
const RIGHT = 190;
const TOP = 20;
const BOTTOM = 50;
const LABEL_GAP = 16;

export function plot(lines: readonly Line[], xName: string, yName: string): string {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].toSorted((a, b) => a - b);
  const [least = 0, most = 1] = [xs[0], xs.at(-1)];
  const step = stepFor(Math.max(...lines.flatMap(({ points }) => points.map(({ y }) => y))));
  const x = (value: number) => LEFT + ((value - least) / (most - least)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / (step * 5)) * (HEIGHT - TOP - BOTTOM);
  const text = (atX: number, atY: number, words: string, rest = '') =>
    `<text x="${atX.toFixed(1)}" y="${atY.toFixed(1)}" ${rest}>${words}</text>`;
  const grid = [0, 1, 2, 3, 4, 5].flatMap((at) => [
    `<path d="M${LEFT} ${y(at * step).toFixed(1)}H${WIDTH - RIGHT}" stroke="#ddd"/>`,
    text(LEFT - 8, y(at * step) + 4, String(at * step), 'text-anchor="end"'),
  ]);
  const ticks = xs.map((value) => text(x(value), HEIGHT - BOTTOM + 20, String(value), 'text-anchor="middle"'));
  const drawn = lines.map(({ colour, dashed, points }) => {
    const path = points.map((point, at) => `${at === 0 ? 'M' : 'L'}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`);
    return `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="6 4"' : ''}/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13" fill="#333">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...grid,
    ...ticks,
    ...drawn,
    ...labels(lines, y).map(({ line, atY }) =>
      text(WIDTH - RIGHT + 10, atY + 4, line.name, `style="fill:${line.colour}"`),
    ),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, xName, 'text-anchor="middle"'),
    `<text transform="translate(16 ${(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)" text-anchor="middle">${yName}</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Beside the ends of their lines, and never one over the other. */
function labels(lines: readonly Line[], y: (value: number) => number): { line: Line; atY: number }[] {
  const placed: { line: Line; atY: number }[] = [];
  const ends = lines.map((line) => ({ line, atY: y(line.points.at(-1)?.y ?? 0) })).toSorted((a, b) => b.atY - a.atY);
  for (const { line, atY } of ends) {
    const below = placed.at(-1)?.atY ?? Infinity;
    placed.push({ line, atY: Math.min(atY, below - LABEL_GAP) });
  }
  return placed;
}

/** A round number, five of which hold the value. */
function stepFor(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value / 5));
  return ([1, 2, 5, 10].find((times) => times * power * 5 >= value) ?? 10) * power;
}
