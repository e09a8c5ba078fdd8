// Finds the texts in protobuf messages, for tests that look for what must not be there.

/** Every byte of a protobuf message, as text, including bytes that are base64 in its JSON. */
export function bytesAsText(message: unknown): string {
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (value instanceof Uint8Array)
      texts.push(Buffer.from(value).toString('utf8'), Buffer.from(value).toString('latin1'));
    else if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        texts.push(key);
        visit(inner);
      }
    }
  };
  visit(message);
  return texts.join('\n');
}
