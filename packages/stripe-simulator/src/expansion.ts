/** `expand[]`: replaces ids in an answer by the objects they name. */
import { invalidParameter, notImplemented } from './errors.js';

/** Everything the API answers with says what it is; the resources type it by the SDK. */
export interface ApiObject {
  object: string;
}

export interface ExpandableField {
  /** What the field expands to; `item[]` is a list of items. */
  objectType: string;
  /** A part of its object and not one of its own: paths lead through it, and none ends at it. */
  isPart?: boolean;
  /** Null while the field names nothing, as the PaymentIntent of a session before the buyer confirms. */
  find(ownerId: string, reference: string): object | null;
}

/** What the simulator never has, so that the field stays null. */
export const NOTHING: ExpandableField = { objectType: 'nothing', find: () => null };

/** What Stripe expands, and the simulator does not yet. */
export const NOT_YET: ExpandableField = { objectType: 'not_implemented', find: () => null };

/** The fields that expand, by the type of their object. */
export type ExpandableFields = Record<string, Record<string, ExpandableField>>;

/** Stripe's limit on how deep an expansion may go. */
const MAXIMUM_DEPTH = 4;

export class Expansion {
  constructor(private readonly fields: ExpandableFields) {}

  /** Throws Stripe's 400 for a path that cannot be followed from an object of the type; done before any work is. */
  check(paths: readonly string[], objectType: string): void {
    for (const path of paths) {
      const segments = path.split('.');
      if (segments.length > MAXIMUM_DEPTH) {
        throw invalidParameter(
          `You cannot expand more than ${MAXIMUM_DEPTH} levels of a property (${path}).`,
          'expand',
        );
      }
      const end = this.#follow(segments, objectType);
      if (end === 'not_implemented') throw notImplemented('expand', `the expansion of \`${path}\``);
      if (end === null) {
        throw invalidParameter(`This property cannot be expanded (${path}).`, 'expand', 'property_cannot_be_expanded');
      }
    }
  }

  /** A copy of the answer with the fields expanded that the checked paths name. */
  expand<Answer extends ApiObject>(answer: Answer, paths: readonly string[]): Answer {
    return paths.reduce((expanded, path) => this.#expandPath(expanded, path.split('.'), answer.object), answer);
  }

  /** The type of what the path ends at; null where it cannot be followed. */
  #follow([segment, ...rest]: readonly string[], objectType: string): string | null {
    if (segment === undefined) return objectType;
    // Stripe knows what could be there, we do not.
    if (objectType === NOTHING.objectType || objectType === NOT_YET.objectType) return NOT_YET.objectType;
    if (objectType.endsWith('[]')) {
      return segment === 'data' && rest.length > 0 ? this.#follow(rest, objectType.slice(0, -2)) : null;
    }
    const field = this.#field(objectType, segment);
    if (field === null || (field.isPart === true && rest.length === 0)) return null;
    return this.#follow(rest, field.objectType);
  }

  #expandPath<Answer extends object>(
    answer: Answer,
    [segment = '', ...rest]: readonly string[],
    objectType: string,
  ): Answer {
    const value = new Map<string, unknown>(Object.entries(answer)).get(segment);
    if (objectType === 'list' && Array.isArray(value)) {
      const items: unknown[] = value;
      const data = items.map((item) => (isApiObject(item) ? this.#expandPath(item, rest, item.object) : item));
      return { ...answer, data };
    }
    const field = this.#field(objectType, segment);
    if (field === null) return answer;
    const target = isApiObject(value) || field.isPart === true ? value : find(field, answer, value);
    if (typeof target !== 'object' || target === null) return answer;
    const targetType = isApiObject(target) ? target.object : field.objectType;
    return { ...answer, [segment]: rest.length === 0 ? target : this.#expandPath(target, rest, targetType) };
  }

  #field(objectType: string, name: string): ExpandableField | null {
    const fields = this.fields[objectType] ?? {};
    return Object.hasOwn(fields, name) ? (fields[name] ?? null) : null;
  }
}

function find(field: ExpandableField, owner: object, value: unknown): object | null {
  const ownerId = 'id' in owner && typeof owner.id === 'string' ? owner.id : '';
  return field.find(ownerId, typeof value === 'string' ? value : '');
}

function isApiObject(value: unknown): value is ApiObject {
  return typeof value === 'object' && value !== null && 'object' in value && typeof value.object === 'string';
}
