/** Text that every part of the system can carry. */

/** False for NUL, which PostgreSQL's text refuses, and for lone surrogates, which UTF-8 cannot encode. */
export function isPlainText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}
