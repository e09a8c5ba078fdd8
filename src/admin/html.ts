// HTML as a tagged template: every value is escaped, unless it is HTML made here.

const HTML = Symbol('html');
export type Html = { [HTML]: string };
type Content = Html | string | number | null | Content[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/gu, (character) => ENTITIES[character] ?? character);
}

function write(content: Content): string {
  if (content === null) return '';
  if (Array.isArray(content)) return content.map(write).join('');
  return typeof content === 'object' ? content[HTML] : escape(String(content));
}

export function html(parts: TemplateStringsArray, ...contents: Content[]): Html {
  return { [HTML]: parts.reduce((text, part, index) => text + write(contents[index - 1] ?? null) + part) };
}

export const htmlText = (content: Html): string => content[HTML];

/** Text that is safe between tags because it was written here, such as the stylesheet. */
export const trusted = (text: string): Html => ({ [HTML]: text });
