/** `expand[]`: replaces ids in an answer by the objects they name. */
import { invalidParameter } from './errors.js';

/** Everything the API answers with says what it is; the resources type it by the SDK. */
export interface ApiObject {
  object: string;
}

export interface ExpandableField {
  /** What the field expands to; `item[]` is a list of items. */
  objectType: string;
  /** Null while the field names nothing, as the PaymentIntent of a session before the buyer confirms. */
  find(ownerId: string, reference: string): ApiObject | null;
}

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
      if (!this.#leadsSomewhere(segments, objectType)) {
        throw invalidParameter(`This property cannot be expanded (${path}).`, 'expand', 'property_cannot_be_expanded');
      }
    }
  }

  /** A copy of the answer with the fields expanded that the checked paths name. */
  expand<Answer extends ApiObject>(answer: Answer, paths: readonly string[]): Answer {
    return paths.reduce((expanded, path) => this.#expandPath(expanded, path.split('.')), answer);
  }

  #leadsSomewhere([segment, ...rest]: readonly string[], objectType: string): boolean {
    if (segment === undefined) return true;
    if (objectType.endsWith('[]')) {
      return segment === 'data' && rest.length > 0 && this.#leadsSomewhere(rest, objectType.slice(0, -2));
    }
    const field = this.fields[objectType]?.[segment];
    return field !== undefined && this.#leadsSomewhere(rest, field.objectType);
  }

  #expandPath<Answer extends ApiObject>(answer: Answer, [segment = '', ...rest]: readonly string[]): Answer {
    const value = new Map<string, unknown>(Object.entries(answer)).get(segment);
    if (answer.object === 'list' && Array.isArray(value)) {
      const items: unknown[] = value;
      return { ...answer, data: items.map((item) => (isApiObject(item) ? this.#expandPath(item, rest) : item)) };
    }
    const target = isApiObject(value) ? value : this.#find(answer, segment, value);
    if (target === null) return answer;
    return { ...answer, [segment]: rest.length === 0 ? target : this.#expandPath(target, rest) };
  }

  #find(owner: ApiObject, segment: string, value: unknown): ApiObject | null {
    const ownerId = 'id' in owner && typeof owner.id === 'string' ? owner.id : '';
    const reference = typeof value === 'string' ? value : '';
    return this.fields[owner.object]?.[segment]?.find(ownerId, reference) ?? null;
  }
}

function isApiObject(value: unknown): value is ApiObject {
  return typeof value === 'object' && value !== null && 'object' in value && typeof value.object === 'string';
}
