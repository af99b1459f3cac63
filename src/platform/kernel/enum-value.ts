/** Values of enums as they come from the database, where another version of the program may have written them. */

/** @returns the value of the enum; the other one where the text is none of its values */
export function enumValue<Value extends string>(values: Record<string, Value>, text: string, otherwise: Value): Value {
  return Object.values(values).find((value) => value === text) ?? otherwise;
}
