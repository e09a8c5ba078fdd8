// JSON pointers (RFC 6901) to the places of mistakes. A name is cut at 64 characters, and cannot break the line.
const NAME_LIMIT = 64;

export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${token(String(part))}`).join('');
}

function token(name: string): string {
  const cut = name.length > NAME_LIMIT ? `${name.slice(0, NAME_LIMIT)}…` : name;
  return cut
    .replaceAll(/\p{Cc}/gu, '?')
    .replaceAll('~', '~0')
    .replaceAll('/', '~1');
}
