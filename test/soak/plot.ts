// A picture of what was measured: a small chart for each series, one beside the other, as SVG.
import type { Series } from './samples.ts';

const WIDTH = 300;
const HEIGHT = 120;
const COLUMNS = 2;
const MARGIN = { left: 50, top: 24, right: 10, bottom: 20 };

const cell = { width: WIDTH + MARGIN.left + MARGIN.right, height: HEIGHT + MARGIN.top + MARGIN.bottom };
const round = (value: number) => Math.round(value * 10) / 10;

export function plot(all: readonly Series[]): string {
  const rows = Math.ceil(all.length / COLUMNS);
  const charts = all.map((series, index) => {
    const x = (index % COLUMNS) * cell.width + MARGIN.left;
    const y = Math.floor(index / COLUMNS) * cell.height + MARGIN.top;
    return `<g transform="translate(${x} ${y})">${chart(series)}</g>`;
  });
  const style =
    'text{font:11px sans-serif;fill:#444}.line{fill:none;stroke:#0b6bcb;stroke-width:1.5}.box{fill:#fff;stroke:#ccc}';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${COLUMNS * cell.width} ${rows * cell.height}">`,
    `<style>${style}</style><rect width="100%" height="100%" fill="#fff"/>`,
    ...charts,
    '</svg>\n',
  ].join('\n');
}

/** From nothing to the highest, so that a rise shows for what it is. */
function chart({ name, unit, points }: Series): string {
  const most = Math.max(1e-9, ...points.map(({ value }) => value));
  const last = Math.max(1e-9, ...points.map(({ seconds }) => seconds));
  const at = ({ seconds, value }: Series['points'][number]) =>
    `${round((seconds / last) * WIDTH)},${round(HEIGHT - (value / most) * HEIGHT)}`;
  return [
    `<rect class="box" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<polyline class="line" points="${points.map(at).join(' ')}"/>`,
    `<text y="-8">${name}${unit === '' ? '' : `, ${unit}`}</text>`,
    `<text x="-6" y="8" text-anchor="end">${round(most)}</text><text x="-6" y="${HEIGHT}" text-anchor="end">0</text>`,
    `<text x="${WIDTH}" y="${HEIGHT + 14}" text-anchor="end">${round(last / 60)} min</text>`,
  ].join('');
}
