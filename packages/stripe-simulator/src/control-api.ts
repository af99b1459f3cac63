/** `/_simulator/…`: what a test in any language, and the dashboard's buttons, do to the simulator. */
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { ChaosPlanError } from './chaos-plan.js';
import { parseForm, toPlainObject } from './form-encoding.js';
import type { HttpAnswer, HttpRequest } from './http-server.js';
import { seeOther } from './pages/page.js';
import { refusalPage } from './pages/refusal-page.js';
import { Router } from './routing.js';

export const CONTROL_PATH = '/_simulator';

/** A route whose input type is closed over, so that all of them fit one table. */
export interface ControlRoute {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  path: string;
  /** Said in the list of routes. */
  does: string;
  execute(input: unknown, id: string): Promise<unknown>;
}

/** `input` decodes the JSON or form body, or the query of a GET; what `handle` returns is answered as JSON. */
export function control<Input>(
  method: ControlRoute['method'],
  path: string,
  does: string,
  input: z.ZodType<Input>,
  handle: (input: Input, id: string) => unknown,
): ControlRoute {
  return {
    method,
    path: CONTROL_PATH + path,
    does,
    execute: async (given, id) => handle(decode(input, given), id),
  };
}

/** Forms have texts only. */
export const anyNumber = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/, 'must be a number')
    .transform(Number),
]);
export const wholeNumber = anyNumber.pipe(z.int().min(1));

/** For what takes no input. */
export const nothing = z.object({});

export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly param: string | null = null,
  ) {
    super(message);
  }
}

export class ControlApi {
  readonly #router: Router<ControlRoute>;

  constructor(routes: readonly ControlRoute[]) {
    this.#router = new Router([...routes, listOf(routes)]);
  }

  /** A form is answered with the way back to the dashboard, anything else with JSON. */
  async handle(request: HttpRequest): Promise<HttpAnswer> {
    try {
      refuseForeignPages(request.headers);
      const match = this.#router.match(request.method, request.path.replace(/\/$/, ''));
      if (match === null) throw new ControlError(404, `There is no ${request.method} ${request.path}.`);
      const result = await match.route.execute(readInput(request), match.id);
      return isForm(request) ? seeOther('/') : json(200, result ?? {});
    } catch (error) {
      const { status, message, param } = asControlError(error);
      return isForm(request) ? refusalPage(status, message) : json(status, { error: { message, param } });
    }
  }
}

function listOf(routes: readonly ControlRoute[]): ControlRoute {
  const lines = routes.map(({ method, path, does }) => [`${method} ${path}`, does]);
  return control('GET', '', 'lists these routes', nothing, () => Object.fromEntries(lines));
}

/** A page on the web can post to a local server; a browser says where the request comes from. */
function refuseForeignPages(headers: IncomingHttpHeaders): void {
  const { origin, host } = headers;
  const isForeign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
  if (isForeign || headers['sec-fetch-site'] === 'cross-site') {
    throw new ControlError(403, 'The simulator takes no orders from the pages of other sites.');
  }
}

function isForm({ headers }: HttpRequest): boolean {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
}

function readInput(request: HttpRequest): unknown {
  const { method, query, body } = request;
  if (method === 'GET') return readForm(query);
  if (isForm(request)) return readForm(body);
  if (body === '') return {};
  try {
    return JSON.parse(body);
  } catch {
    throw new ControlError(400, 'The body is not JSON.');
  }
}

/** A field that was left empty was not given. */
function readForm(encoded: string): unknown {
  const fields = Object.entries(toPlainObject(parseForm(encoded)));
  return Object.fromEntries(fields.filter(([, value]) => value !== null));
}

function decode<Input>(schema: z.ZodType<Input>, given: unknown): Input {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ControlError(400, issue?.message ?? 'Invalid input', issue?.path.map(String).join('.') || null);
}

/** An error that nobody foresaw is a fault of the simulator: said on the console. */
function asControlError(error: unknown): ControlError {
  if (error instanceof ControlError) return error;
  if (error instanceof ChaosPlanError) return new ControlError(400, error.message, error.part);
  console.error('The Stripe simulator failed:', error);
  return new ControlError(500, 'The Stripe simulator failed; its console says why.');
}

function json(status: number, value: unknown): HttpAnswer {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
  return { status, headers, body: `${JSON.stringify(value)}\n` };
}
