/** HTML as a template tag that escapes whatever is put into it. */

/** Text that is HTML already. Only the tag makes it, so nothing unescaped gets in. */
export class Html {
  constructor(readonly source: string) {}
}

type Interpolation = string | number | Html | null | Interpolation[];

/** Null leaves its place empty; a list is written without a separator. */
export function html(parts: TemplateStringsArray, ...values: Interpolation[]): Html {
  let source = parts[0] ?? '';
  for (const [index, value] of values.entries()) source += render(value) + (parts[index + 1] ?? '');
  return new Html(source);
}

function render(value: Interpolation): string {
  if (value === null) return '';
  if (value instanceof Html) return value.source;
  if (Array.isArray(value)) return value.map(render).join('');
  return escapeHtml(String(value));
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Enough for text and for quoted attributes, the only places where the pages put values. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
