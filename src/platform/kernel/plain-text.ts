/** Text that every part of the system can store, and that people can read. */

// Accents, emoji and the marks that join them or turn the direction of writing belong to names; what a terminal, a log
// or a label obeys does not, whether ASCII's or Unicode's.
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
const CONTROL_EXCEPT_LAYOUT = /[^\P{Cc}\t\n\r]/u;
// Blanks, formatting, fillers and the blank of Braille: what prints nothing by itself.
const VISIBLE = /[^\p{White_Space}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** False for NUL, which PostgreSQL's text rejects, and for lone surrogates, which UTF-8 cannot encode. */
export function isPlainText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

/** Whether a form left it empty, as it were: white space alone. What is invisible otherwise was put there. */
export function isEmpty(text: string): boolean {
  return /^\p{White_Space}*$/u.test(text);
}

/**
 * What is wrong with a name, a key, or another text of one line.
 *
 * @param longest in code points, as the database counts
 * @returns null for a good one
 */
export function lineProblem(text: string, longest: number): string | null {
  if (!isPlainText(text) || CONTROL.test(text)) return 'must not hold line breaks or other control characters';
  return lengthProblem(text, longest);
}

/** The same for a text of any number of lines. */
export function linesProblem(text: string, longest: number): string | null {
  if (!isPlainText(text) || CONTROL_EXCEPT_LAYOUT.test(text)) return 'must not hold control characters';
  return lengthProblem(text, longest);
}

function lengthProblem(text: string, longest: number): string | null {
  const isGood = VISIBLE.test(text) && [...text].length <= longest;
  return isGood ? null : `must have 1 to ${longest} characters, and not only invisible ones`;
}
