/** Maps every error of the API to `extensions.code`: the only place. */
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { databaseUnavailable } from '../database/unavailable.js';
import { currentRequestId } from '../http/request-id.js';
import { DomainError, type FieldErrors } from '../kernel/domain-error.js';
import { redact } from '../kernel/redaction.js';
import { documentOf, inputPaths } from './input-places.js';

const MASKED_MESSAGE = 'Something went wrong on our side. Quote the requestId when you report it.';

/** Apollo's `formatError`, through which every error passes: with the id that finds it in the log. */
export function formatError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const shown = forCallers(formatted, error);
  return { ...shown, extensions: { ...shown.extensions, requestId: currentRequestId() } };
}

/** Errors that are not for callers are masked, stack and message alike. */
function forCallers(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const { path, locations } = formatted;
  const place = { ...(locations ? { locations } : {}), ...(path ? { path } : {}) };
  const domainError = toDomainError(error);
  if (domainError) {
    return { message: domainError.message, ...place, extensions: { ...domainError.details, code: domainError.code } };
  }
  if (hasTooManyBadVariables(formatted)) return { ...formatted, extensions: { code: 'BAD_USER_INPUT' } };
  const argument = badArgument(error);
  if (argument !== null) {
    const { code, message, details } = DomainError.badInput(argument, 'has the wrong type');
    return { message, ...place, extensions: { ...details, code } };
  }
  if (isRequestError(formatted)) return withoutValues(withVariableFields(formatted, error));
  return { message: MASKED_MESSAGE, ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** Whether an operator has to look into it. */
export function isUnexpected(error: unknown, formatted: GraphQLFormattedError): boolean {
  return (
    toDomainError(error)?.code === 'INTERNAL_SERVER_ERROR' ||
    (!toDomainError(error) &&
      !isRequestError(formatted) &&
      !hasTooManyBadVariables(formatted) &&
      badArgument(error) === null)
  );
}

/** Whether it is an outage: nothing is wrong with the request, nor with our code. */
export function isOutage(error: unknown): boolean {
  return toDomainError(error)?.code === 'DATABASE_UNAVAILABLE';
}

/** An error of the API's own as GraphQL's, for where no resolver throws it. */
export function toGraphQLError({ code, message, details }: DomainError, httpStatus: number): GraphQLError {
  return new GraphQLError(message, { extensions: { ...details, code, http: { status: httpStatus } } });
}

function toDomainError(error: unknown): DomainError | null {
  const original = unwrapResolverError(error);
  if (original instanceof DomainError) return original;
  return databaseUnavailable(original);
}

/** Errors that GraphQL itself finds in a request, before any resolver runs. */
function isRequestError({ extensions }: GraphQLFormattedError): boolean {
  return typeof extensions?.code === 'string' && extensions.code !== 'INTERNAL_SERVER_ERROR';
}

/**
 * GraphQL repeats the whole value in which something has the wrong type: all of a customer, where only the city is
 * missing. Only messages that quote none of it are kept.
 */
function withoutValues(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const fields = formatted.extensions?.fields as FieldErrors | undefined;
  if (fields === undefined || !formatted.message.includes('got invalid value')) {
    return { ...formatted, message: redact(formatted.message) };
  }
  const safe = Object.fromEntries(Object.entries(fields).map(([path, problem]) => [path, withoutValue(problem)]));
  const { message } = DomainError.ofFields('BAD_USER_INPUT', safe);
  return { ...formatted, message, extensions: { ...formatted.extensions, fields: safe } };
}

function withoutValue(problem: string): string {
  const [quotesNothing] =
    /(?:Field "\w+" (?:of required type "\S+" was not provided|is not defined by type "\w+")|Expected (?:non-nullable )?type "\S+" (?:not to be null|to be an object))\.$/.exec(
      problem,
    ) ?? [];
  if (quotesNothing) return quotesNothing;
  const type = /(?:^|; |")(\w+)"? cannot represent|does not exist in "(\w+)" enum/.exec(problem);
  return type ? `is not a value of ${type[1] ?? type[2]}` : 'has the wrong type';
}

/** GraphQL stops at fifty findings with an error of its own, for which Apollo has no code. */
function hasTooManyBadVariables({ message, path }: GraphQLFormattedError): boolean {
  return path === undefined && message.startsWith('Too many errors processing variables');
}

/**
 * The argument in which a variable lacks the value that it needs: GraphQL finds that out when it runs the field, and
 * Apollo takes it for an error of ours.
 */
function badArgument(error: unknown): string | null {
  const original = unwrapResolverError(error);
  if (!(original instanceof GraphQLError)) return null;
  return /^Argument "(\w+)" (?:has invalid value|of )/.exec(original.message)?.[1] ?? null;
}

/** Names the fields that were given a variable whose value has the wrong type: GraphQL tells it in the message only. */
function withVariableFields(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const match = /^Variable "\$(?<name>\w+)" (?:got invalid value .*? at "\w+(?<part>[^"]*)"; )?(?<problem>.*)$/s.exec(
    formatted.message,
  );
  if (formatted.extensions?.code !== 'BAD_USER_INPUT' || !match?.groups) return formatted;
  const { name = '', part = '', problem = '' } = match.groups;
  // It names the object in which a field is missing, or is one too many.
  const member = /.*Field "(\w+)" (?:of required type|is not defined)/s.exec(problem)?.[1];
  const source = error instanceof GraphQLError ? error.source : undefined;
  const paths = source ? inputPaths(documentOf(source), name, member ? `${part}.${member}` : part) : [name];
  const fields = Object.fromEntries(paths.map((path) => [path, problem]));
  return { ...formatted, extensions: { ...formatted.extensions, fields } };
}
