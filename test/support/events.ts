// What a text holds of server-sent events, as its reader takes it.

type Fields = { event?: string; id?: string; data?: string; retry?: string };
type SentEvent = { event: string; id: string; data: string };

/** The events of a text, which are whole but perhaps the last, which is left out; comments and `retry` are none. */
export function eventsIn(text: string): SentEvent[] {
  return text.split('\n\n').slice(0, -1).map(fieldsOf).filter(isEvent);
}

/** Of the lines between two that are empty. */
export function fieldsOf(block: string): Fields {
  const lines = block.split('\n').filter((line) => !line.startsWith(':'));
  return Object.fromEntries(lines.map((line) => [line.replace(/:.*/s, ''), line.replace(/^[^:]*: ?/, '')]));
}

export function isEvent(fields: Fields): fields is SentEvent {
  return fields.data !== undefined;
}
