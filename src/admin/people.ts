// Who of the people calls, and what they may: by an access token, as the Temporal UI sends it, or by a login in the browser. Without an issuer,
// whoever reaches the admin port is an operator.
import type { IRouter, Request, RequestHandler, Response } from 'express';
import { Problem } from '../api/http/problem.ts';
import type { LoginConfig } from '../config/model.ts';
import { html, htmlText } from './html.ts';
import type { Claims, Issuer } from './issuer.ts';
import { CALLBACK_PATH, claimAt, createIssuer, IssuerAwayError, NotVouchedForError } from './issuer.ts';
import { LoginProblem } from './problem.ts';
import type { Cookies } from './session.ts';
import { createCookies } from './session.ts';

/** A reader sees personal data masked or not at all, and changes nothing. */
type Role = 'reader' | 'operator';
export type Person = { name: string; role: Role };

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

const ANYBODY: Person = { name: 'operator', role: 'operator' };
const LONGEST_NAME = 200;

export function createPeople(login: LoginConfig | null): People {
  return login === null ? EVERYBODY : peopleOf(login, createIssuer(login));
}

const EVERYBODY: People = {
  addRoutes() {},
  headers: [],
  known(_req, res, next) {
    res.locals.person = ANYBODY;
    next();
  },
};

function peopleOf(login: LoginConfig, issuer: Issuer): People {
  const browsers = browserLogin(login, issuer);

  async function bearer(authorization: string): Promise<Person> {
    const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1];
    if (token === undefined) throw loginNeeded();
    const person = personIn(await issuerSays(() => issuer.verify(token)), login);
    if (person === null) throw new Problem('forbidden', 'This account has no role here.');
    return person;
  }

  return {
    addRoutes: (app) => browsers?.addRoutes(app),
    headers: ['Authorization', 'Authorization-Extras'],
    async known(req, res, next) {
      const { authorization } = req.headers;
      const person =
        authorization === undefined ? ((await browsers?.session(req)) ?? null) : await bearer(authorization);
      if (person !== null) {
        res.locals.person = person;
        if (authorization === undefined) res.locals.hasSession = true;
        next();
      } else if (browsers !== null && wantsPage(req)) {
        await browsers.begin(res, req.originalUrl);
      } else {
        throw loginNeeded();
      }
    },
  };
}

const loginNeeded = () => new LoginProblem('login_needed', 'Send an access token: `Authorization: Bearer <token>`.');

async function issuerSays<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof NotVouchedForError) throw loginNeeded();
    if (!(error instanceof IssuerAwayError)) throw error;
    throw new LoginProblem('login_unavailable', 'The OpenID provider does not answer.');
  }
}

/** Null without a role here. */
function personIn(claims: Claims, login: LoginConfig): Person | null {
  const given = claimAt(claims, login.rolesClaim);
  const roles: readonly unknown[] = typeof given === 'string' ? given.split(' ') : Array.isArray(given) ? given : [];
  const role = roles.includes(login.operatorRole) ? 'operator' : roles.includes(login.readerRole) ? 'reader' : null;
  const named = claimAt(claims, login.nameClaim);
  const name = typeof named === 'string' && named.trim() !== '' ? named : (claims.sub ?? '');
  return role && { name: name.slice(0, LONGEST_NAME).replaceAll(/\p{C}/gu, '?'), role };
}

function wantsPage({ method, headers }: Request): boolean {
  return (method === 'GET' || method === 'HEAD') && headers.accept?.includes('text/html') === true;
}

type BrowserLogin = {
  addRoutes: (app: IRouter) => void;
  session: (req: Request) => Promise<Person | null>;
  /** Sends the browser to the issuer; it comes back to `path`. */
  begin: (res: Response, path: string) => Promise<void>;
};

/** By the authorization code flow. */
function browserLogin(login: LoginConfig, issuer: Issuer): BrowserLogin | null {
  const { browser } = login;
  if (browser === null) return null;
  const cookies: Cookies = createCookies(browser.clientSecret, browser.url.startsWith('https:'));

  /** On this port, whatever the path says. */
  function addressOf(path: string): string {
    const url = URL.canParse(path, browser?.url) ? new URL(path, browser?.url) : null;
    return url?.origin === browser?.url ? (url?.href ?? '') : `${browser?.url}${HOME}`;
  }

  async function begin(res: Response, path: string): Promise<void> {
    const { url, ...begun } = await issuerSays(issuer.begin);
    await cookies.write(res, 'login', { ...begun, to: addressOf(path.slice(0, LONGEST_PATH)) });
    res.redirect(303, url.href);
  }

  async function comeBack(req: Request, res: Response): Promise<void> {
    const begun = await cookies.read(req, 'login');
    cookies.clear(res, 'login');
    const { state, nonce, verifier, to } = begun ?? {};
    if (![state, nonce, verifier, to].every((text) => typeof text === 'string')) return sendPage(res, 400, AGAIN);
    const claims = await issuerSays(() =>
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
    await cookies.write(res, 'session', person);
    res.redirect(303, addressOf(String(to)));
  }

  function addRoutes(app: IRouter): void {
    app.get('/login', (_req, res) => begin(res, HOME));
    app.get(CALLBACK_PATH, (req, res) => comeBack(req, res));
    app.post('/logout', async (_req, res) => {
      cookies.clear(res, 'session');
      // A link: the pages with the button let forms lead to this port only, and browsers hold redirects to that.
      sendPage(res, 200, LOGGED_OUT, await issuer.end().catch(() => null));
    });
  }

  return {
    addRoutes,
    begin,
    async session(req) {
      // Pages of other origins may call the codec with a token; they may not act as whoever has logged in here.
      if (![undefined, browser.url].includes(req.headers.origin)) return null;
      const { name, role } = (await cookies.read(req, 'session')) ?? {};
      return typeof name === 'string' && (role === 'reader' || role === 'operator') ? { name, role } : null;
    },
  };
}

/** Where a login begins that began nowhere else. */
const HOME = '/desk';
const LONGEST_PATH = 2_000;

const AGAIN = 'The login did not end as it began, or took too long.';
const NO_ROLE = 'You are known, and have no role here: ask whoever gives out roles.';
const LOGGED_OUT = 'You are logged out here.';

/** `elsewhere`: where the session at the issuer ends. */
function sendPage(res: Response, status: number, sentence: string, elsewhere: URL | null = null): void {
  res.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  const links = elsewhere === null ? null : html`<p><a href="${elsewhere.href}">Log out at the provider, too</a></p>`;
  const page = html`<!doctype html>
    <html lang="en">
      <title>Login</title>
      <p>${sentence}</p>
      ${links}
      <p><a href="/login">Log in</a></p>
    </html> `;
  res.status(status).type('html').send(htmlText(page));
}
