/** Validates arguments by the decorators of class-validator on their classes. */
import { type ValidationError, validateSync } from 'class-validator';
import { DomainError, type FieldErrors } from '../kernel/domain-error.js';

// Optional fields may be absent, and classes without decorators are fine.
const OPTIONS = { skipMissingProperties: true, forbidUnknownValues: false };

/**
 * For type-graphql's `validateFn`, which calls it for every argument.
 *
 * @throws DomainError `BAD_USER_INPUT` naming the fields
 */
export function validateArgument(value: unknown): void {
  const findings = [value].flat().flatMap((item) => (isObject(item) ? validateSync(item, OPTIONS) : []));
  if (findings.length > 0) throw DomainError.ofFields('BAD_USER_INPUT', fieldErrorsOf(findings));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function fieldErrorsOf(findings: readonly ValidationError[], parent = ''): FieldErrors {
  const fields: FieldErrors = {};
  for (const { property, constraints, children } of findings) {
    const isIndex = /^\d+$/.test(property);
    const path = isIndex ? `${parent}[${property}]` : parent ? `${parent}.${property}` : property;
    if (constraints) fields[path] = Object.values(constraints).join('; ');
    Object.assign(fields, fieldErrorsOf(children ?? [], path));
  }
  return fields;
}
