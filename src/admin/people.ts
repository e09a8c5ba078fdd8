// Who of the people calls, and what they may: by an access token, as the Temporal UI sends it, or by a login in the browser. Without an issuer,
// whoever reaches the admin port is an operator.
import type { IRouter, Request, RequestHandler, Response } from 'express';
import { Problem } from '../api/http/problem.ts';
import type { LoginConfig } from '../config/model.ts';
import type { Html } from './html.ts';
import { html, htmlText } from './html.ts';
import type { Claims, Issuer } from './issuer.ts';
import { CALLBACK_PATH, claimAt, createIssuer, IssuerAwayError, NotVouchedForError } from './issuer.ts';
import { LoginProblem } from './problem.ts';
import type { Cookies } from './session.ts';
import { createCookies } from './session.ts';

/** A reader sees personal data masked or not at all, and changes nothing. */
type Role = 'reader' | 'operator';
/** `sub`: the issuer's own id, which it gives to nobody else; names it may give again. Null without an issuer. */
export type Person = { name: string; sub: string | null; role: Role };

export type People = {
  /** Where browsers log in and out; asks for no person. Added to the app: an empty router ends the step of each call (`lanes.ts`), as it calls `next` later. */
  addRoutes: (app: IRouter) => void;
  /** Gives `res.locals.person`; otherwise answers 401, 403 or 503, or sends a browser that wants a page to log in. */
  known: RequestHandler;
  /** What pages of other origins send to be known. */
  headers: readonly string[];
};

declare global {
  namespace Express {
    interface Locals {
      /** Of a request that passed `People.known`. */
      person?: Person;
      /** By a session of this browser, which can be ended. */
      hasSession?: true;
    }
  }
}

/** The person of a request that passed `People.known`. */
export function personOf(res: Response): Person {
  const { person } = res.locals;
  if (person === undefined) throw new TypeError('nobody was asked who they are');
  return person;
}

/** 403 to readers. */
export const operatorsOnly: RequestHandler = (_req, res, next) => {
  if (personOf(res).role !== 'operator') throw new Problem('forbidden', 'Readers may not do this.');
  next();
};

const ANYBODY: Person = { name: 'operator', sub: null, role: 'operator' };
const LONGEST_NAME = 200;

/** `home`: a page of this port, for whoever logs in on the way to none. */
export function createPeople(login: LoginConfig | null, home: string = LOGGED_IN_PATH): People {
  return login === null ? EVERYBODY : peopleOf(login, createIssuer(login), home);
}

const EVERYBODY: People = {
  addRoutes() {},
  headers: [],
  known(_req, res, next) {
    res.locals.person = ANYBODY;
    next();
  },
};

function peopleOf(login: LoginConfig, issuer: Issuer, home: string): People {
  const browsers = browserLogin(login, issuer, home);

  async function bearer(authorization: string, res: Response): Promise<Person> {
    const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1];
    if (token === undefined) throw loginNeeded();
    const person = personIn(await waited(res, () => issuer.verify(token)), login);
    if (person === null) throw new Problem('forbidden', 'This account has no role here.');
    return person;
  }

  return {
    addRoutes: (app) => browsers?.addRoutes(app),
    headers: ['Authorization', 'Authorization-Extras'],
    async known(req, res, next) {
      const { authorization } = req.headers;
      const person =
        authorization === undefined ? ((await browsers?.session(req, res)) ?? null) : await bearer(authorization, res);
      if (person !== null) {
        res.locals.person = person;
        if (authorization === undefined) res.locals.hasSession = true;
        next();
      } else if (browsers !== null && wantsPage(req)) {
        if (req.method === 'GET' || req.method === 'HEAD') await browsers.begin(res, req.originalUrl);
        else sendPage(res.set('WWW-Authenticate', 'Bearer'), 401, NOTHING_DONE);
      } else {
        throw loginNeeded();
      }
    },
  };
}

const loginNeeded = () => new LoginProblem('login_needed', 'Send an access token: `Authorization: Bearer <token>`.');

/** What many wait for may come to all of them at once: what each does next is another step of its lane. Nothing here is waited for otherwise. */
async function waited<T>(res: Response, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NotVouchedForError) throw loginNeeded();
    if (!(error instanceof IssuerAwayError)) throw error;
    throw new LoginProblem('login_unavailable', 'The OpenID provider does not answer.');
  } finally {
    await res.locals.turn?.step();
  }
}

type LoggedIn = Person & { sub: string };

/** Null without a role here. */
function personIn(claims: Claims, login: LoginConfig): LoggedIn | null {
  const given = claimAt(claims, login.rolesClaim);
  const roles: readonly unknown[] = typeof given === 'string' ? given.split(' ') : Array.isArray(given) ? given : [];
  const role = roles.includes(login.operatorRole) ? 'operator' : roles.includes(login.readerRole) ? 'reader' : null;
  const named = claimAt(claims, login.nameClaim);
  const { sub = '' } = claims;
  const name = typeof named === 'string' && named.trim() !== '' ? named : sub;
  return role && { name: name.slice(0, LONGEST_NAME).replaceAll(/\p{C}/gu, '?'), sub, role };
}

function wantsPage({ headers }: Request): boolean {
  return headers.accept?.includes('text/html') === true;
}

type BrowserLogin = {
  addRoutes: (app: IRouter) => void;
  session: (req: Request, res: Response) => Promise<Person | null>;
  /** Sends the browser to the issuer; it comes back to `path`. */
  begin: (res: Response, path: string) => Promise<void>;
};

/** By the authorization code flow. */
function browserLogin(login: LoginConfig, issuer: Issuer, home: string): BrowserLogin | null {
  const { browser } = login;
  if (browser === null) return null;
  const cookies: Cookies = createCookies(browser.clientSecret, browser.url.startsWith('https:'));

  /** On this port, whatever the path says. */
  function addressOf(path: string): string {
    const url = URL.canParse(path, browser?.url) ? new URL(path, browser?.url) : null;
    return url?.origin === browser?.url ? (url?.href ?? '') : `${browser?.url}${home}`;
  }

  async function begin(res: Response, path: string): Promise<void> {
    const { url, ...begun } = await waited(res, issuer.begin);
    const to = addressOf(path.slice(0, LONGEST_PATH));
    await waited(res, () => cookies.write(res, 'login', { ...begun, to }));
    res.redirect(303, url.href);
  }

  async function comeBack(req: Request, res: Response): Promise<void> {
    const begun = await waited(res, () => cookies.read(req, 'login'));
    cookies.clear(res, 'login');
    const { state, nonce, verifier, to } = begun ?? {};
    if (![state, nonce, verifier, to].every((text) => typeof text === 'string')) return sendPage(res, 400, AGAIN);
    const claims = await waited(res, () =>
      issuer.finish(new URL(req.originalUrl, browser?.url), {
        state: String(state),
        nonce: String(nonce),
        verifier: String(verifier),
      }),
    ).catch((error: unknown) => {
      if (error instanceof LoginProblem && error.code === 'login_needed') return null;
      throw error;
    });
    if (claims === null) return sendPage(res, 400, AGAIN);
    const person = personIn(claims, login);
    if (person === null) return sendPage(res, 403, NO_ROLE);
    await waited(res, () => cookies.write(res, 'session', person));
    res.redirect(303, addressOf(String(to)));
  }

  function addRoutes(app: IRouter): void {
    app.get('/login', (_req, res) => begin(res, home));
    app.get(CALLBACK_PATH, (req, res) => comeBack(req, res));
    app.get(LOGGED_IN_PATH, async (req, res) => {
      const person = await session(req, res);
      if (person === null) await begin(res, LOGGED_IN_PATH);
      else sendPage(res, 200, `You are logged in here as ${person.name}.`, LOG_OUT);
    });
    app.post('/logout', async (_req, res) => {
      cookies.clear(res, 'session');
      // A link: the pages with the button let forms lead to this port only, and browsers hold redirects to that.
      const elsewhere = await waited(res, () => issuer.end().catch(() => null));
      const links = html`${elsewhere && html`<p><a href="${elsewhere.href}">Log out at the provider, too</a></p>`}${LOG_IN}`;
      sendPage(res, 200, LOGGED_OUT, links);
    });
  }

  async function session(req: Request, res: Response): Promise<Person | null> {
    // Pages of other origins may call the codec with a token; they may not act as whoever has logged in here.
    if (![undefined, browser?.url].includes(req.headers.origin)) return null;
    const { name, sub, role } = (await waited(res, () => cookies.read(req, 'session'))) ?? {};
    if (typeof name !== 'string' || typeof sub !== 'string') return null;
    return role === 'reader' || role === 'operator' ? { name, sub, role } : null;
  }

  return { addRoutes, begin, session };
}

/** Where whoever logs in is told so, on a port without other pages. */
const LOGGED_IN_PATH = '/login/done';
const LONGEST_PATH = 2_000;

const AGAIN = 'The login did not end as it began, or took too long.';
const NO_ROLE = 'You are known, and have no role here: ask whoever gives out roles.';
const NOTHING_DONE = 'You are not logged in any more, and nothing was done. Log in, and ask for it again.';
const LOGGED_OUT = 'You are logged out here.';

const LOG_IN = html`<p><a href="/login">Log in</a></p>`;
const LOG_OUT = html`<form method="post" action="/logout"><button>Log out</button></form>`;

function sendPage(res: Response, status: number, sentence: string, next: Html = LOG_IN): void {
  res.set('Content-Security-Policy', "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
  // `no-referrer` would have the form say `Origin: null`.
  res.set('Referrer-Policy', 'same-origin');
  const page = html`<!doctype html>
    <html lang="en">
      <title>Login</title>
      <p>${sentence}</p>
      ${next}
    </html> `;
  res.status(status).type('html').send(htmlText(page));
}
