// One try of a webhook: a POST as seQura sends it, which follows up to four redirects within one timeout.
import type { Dispatcher } from 'undici';
import { request } from 'undici';

const MAX_REDIRECTS = 4;
const HEADERS = {
  'user-agent': 'SeQura-Event/1.0 (www.sequra.es)',
  'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
};

type PostResult = { http_status: number | null; error: string | null; redirects: number };
export type PostWebhook = (url: string, form: string, timeoutMs: number, abandoned: AbortSignal) => Promise<PostResult>;

/** A word for what went wrong: `timeout`, or the code of the innermost error. */
function errorWord(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  if (error.name === 'TimeoutError') return 'timeout';
  if (error.cause instanceof Error) return errorWord(error.cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** A redirect keeps the POST with 307 and 308, and becomes a GET with the others, as HTTP clients do. */
function follow(status: number, location: unknown, from: string): { url: string; keepsPost: boolean } | null {
  if (![301, 302, 303, 307, 308].includes(status) || typeof location !== 'string') return null;
  return URL.canParse(location, from) ? { url: new URL(location, from).href, keepsPost: status >= 307 } : null;
}

export function createPost(dispatcher: Dispatcher): PostWebhook {
  return async (firstUrl, form, timeoutMs, abandoned) => {
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), abandoned]);
    let url = firstUrl;
    let posts = true;
    for (let redirects = 0; ; redirects += 1) {
      try {
        const { statusCode, headers, body } = posts
          ? await request(url, { dispatcher, signal, method: 'POST', headers: HEADERS, body: form })
          : await request(url, { dispatcher, signal, method: 'GET', headers: { 'user-agent': HEADERS['user-agent'] } });
        await body.dump();
        const next = follow(statusCode, headers['location'], url);
        if (next === null) return { http_status: statusCode, error: null, redirects };
        if (redirects === MAX_REDIRECTS) return { http_status: null, error: 'too_many_redirects', redirects };
        ({ url } = next);
        posts &&= next.keepsPost;
      } catch (error) {
        return { http_status: null, error: errorWord(error), redirects };
      }
    }
  };
}
