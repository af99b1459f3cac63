/** Reformats JSON in one pass over its text, without parsing it: the input is not trusted. */

// A text without its end counts as one, so that no character is looked at twice.
const TOKEN = /"(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s"{}[\],:]+/gs;
// Twice as deep as Stripe's events. The white space grows with the depth, which a sender must not be able to make use
// of.
const DEEPEST = 16;

/** As parsers write it. */
export function withoutWhiteSpace(json: string): string {
  return (json.match(TOKEN) ?? []).join('');
}

/**
 * As Stripe writes it: each member on a line of its own, two blanks a level; null where it is deeper than any event.
 */
export function indented(json: string): string | null {
  const parts: string[] = [];
  let depth = 0;
  let last = '';
  for (const token of json.match(TOKEN) ?? []) {
    const closes = token === '}' || token === ']';
    const isAfterOpening = last === '{' || last === '[';
    if (closes && !isAfterOpening) depth -= 1;
    if (isAfterOpening && !closes) depth += 1;
    if (depth < 0 || depth > DEEPEST) return null;
    const beginsLine = last === ',' || isAfterOpening !== closes;
    if (beginsLine) parts.push('\n', '  '.repeat(depth));
    else if (last === ':') parts.push(' ');
    parts.push(token);
    last = token;
  }
  return parts.join('');
}
