/** Routes of the API: a method, a path, the parameters it takes and the work that answers with an API object. */
import type { UploadedFile } from './api-parameters.js';
import type { EventCause } from './event-recorder.js';
import type { ApiObject, Expansion } from './expansion.js';
import type { FormFields } from './form-encoding.js';
import type { ParameterFields, Parsed, RemovedParameter } from './parameter-schema.js';
import { validateParameters } from './parameter-validation.js';

type HttpMethod = 'GET' | 'POST' | 'DELETE';

interface RouteRequest<Parameters> {
  parameters: Parsed<Parameters>;
  /** The `:id` of the path; empty where the path has none. */
  id: string;
  /** Goes into the events that the request causes. */
  cause: EventCause;
  /** The file that came with the request. */
  upload: UploadedFile | null;
}

/** A request before its parameters have been checked. */
interface UncheckedRequest extends Omit<RouteRequest<unknown>, 'parameters'> {
  form: FormFields;
}

/** `Parameters` is the SDK's type of the method's parameters; every method of the API takes `expand`. */
export interface RouteDefinition<Parameters extends { expand?: string[] }> {
  method: HttpMethod;
  /** Segments are literal, except one `:id`. */
  path: string;
  /** The type of the object it answers with; `charge[]` is a list of charges. */
  answers: string;
  parameters: ParameterFields<Parameters>;
  removedParameters?: Record<string, RemovedParameter>;
  handle(request: RouteRequest<Parameters>): ApiObject;
}

/** A route whose parameter type is closed over, so that routes of all resources fit one table. */
export interface Route {
  method: HttpMethod;
  path: string;
  execute(request: UncheckedRequest, expansion: Expansion): ApiObject;
}

export function defineRoute<Parameters extends { expand?: string[] }>(definition: RouteDefinition<Parameters>): Route {
  const { method, path, answers, parameters: fields, removedParameters, handle } = definition;
  return {
    method,
    path,
    execute({ form, ...request }, expansion) {
      const parameters = validateParameters<Parameters>(form, fields, removedParameters);
      const expandPaths = readExpand(parameters);
      expansion.check(expandPaths, answers);
      return expansion.expand(handle({ ...request, parameters }), expandPaths);
    },
  };
}

/** The compiler cannot see through `Parsed` of a type it does not know yet, so the check is made at run time. */
function readExpand(parameters: { expand?: unknown }): string[] {
  const { expand: paths } = parameters;
  return Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : [];
}

interface Matchable {
  method: string;
  path: string;
}

export interface RouteMatch<Entry extends Matchable = Route> {
  route: Entry;
  id: string;
}

export class Router<Entry extends Matchable = Route> {
  /** By method and number of segments, so that a request is compared with a handful of routes. */
  readonly #routes = new Map<string, { route: Entry; segments: string[] }[]>();

  constructor(routes: readonly Entry[]) {
    for (const route of routes) {
      const segments = route.path.split('/');
      const key = `${route.method} ${segments.length}`;
      this.#routes.set(key, [...(this.#routes.get(key) ?? []), { route, segments }]);
    }
  }

  match(method: string, path: string): RouteMatch<Entry> | null {
    const given = path.split('/');
    for (const { route, segments } of this.#routes.get(`${method} ${given.length}`) ?? []) {
      const id = matchSegments(segments, given);
      if (id !== null) return { route, id };
    }
    return null;
  }
}

/** The value of `:id`, empty when the route has none; null when the path is another one. */
function matchSegments(segments: string[], given: string[]): string | null {
  let id = '';
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? '';
    if (segment === ':id') id = decodePathSegment(value);
    else if (segment !== value) return null;
  }
  return id;
}

/** A badly encoded segment stands for itself: it names no object, and the answer will say so. */
function decodePathSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
