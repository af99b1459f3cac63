/** Rejects, in every argument of every field, text that the system could not store or send. */
import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { DomainError, type FieldErrors } from '../kernel/domain-error.js';
import { isPlainText } from '../kernel/plain-text.js';

// No argument of the API needs more; each has tighter limits of its own where it matters.
const MAX_TEXT_LENGTH = 4_096;

/** Only fields with arguments are wrapped: a middleware of all fields would make each of them asynchronous. */
export function rejectUnusableTexts(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields()).filter(({ args }) => args.length > 0)) {
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, args, context, info) => {
        checkTexts(args);
        return resolve(source, args, context, info);
      };
    }
  }
}

/** @throws DomainError `BAD_USER_INPUT` naming the fields */
function checkTexts(args: Record<string, unknown>): void {
  const fields: FieldErrors = {};
  for (const [name, value] of Object.entries(args)) {
    // Input objects are named by their fields, as they are in all other errors.
    const isInputObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    collectProblems(value, isInputObject ? '' : name, fields);
  }
  if (Object.keys(fields).length > 0) throw DomainError.ofFields('BAD_USER_INPUT', fields);
}

function collectProblems(value: unknown, path: string, fields: FieldErrors): void {
  if (typeof value === 'string') {
    if (value.length > MAX_TEXT_LENGTH) fields[path] = `must have at most ${MAX_TEXT_LENGTH} characters`;
    else if (!isPlainText(value)) fields[path] = 'holds characters that are not text (NUL or half of a pair)';
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collectProblems(item, `${path}[${index}]`, fields);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) collectProblems(item, path ? `${path}.${name}` : name, fields);
  }
}
