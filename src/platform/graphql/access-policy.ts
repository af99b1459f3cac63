/**
 * Who may use what: a line for every query, mutation and type, and for the fields and arguments that differ from them.
 * Each module brings its own. The schema is not built while something has no line, or a line names something unknown;
 * see `access-guard.ts`.
 */

export type Access =
  /** Everybody, anonymous callers included. */
  | 'anyone'
  /** Everybody with a valid token; others get UNAUTHENTICATED. */
  | 'signedIn'
  /**
   * The buyer whose order it is, and staff. For other buyers the order does not exist: services find it by the rule
   * of `auth/ownership.ts`, and no field of an order is resolved for anybody else, whatever a service has found.
   */
  | 'ownerOrStaff'
  /** Others who are signed in get FORBIDDEN. */
  | 'staff'
  /** As `staff`, but everybody else gets null. */
  | 'staffElseNull';

/**
 * Keys are `Query.field` and `Mutation.field`, each by itself, so that none is public by omission; `Type` for
 * all fields of an object; `Type.field` for one that is for fewer people; `Type.field(argument)` and
 * `Type.field(argument.part)` for what only some may send, where null and false are free.
 */
export type AccessPolicy = Readonly<Record<string, Access>>;
