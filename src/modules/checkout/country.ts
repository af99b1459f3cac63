/** Countries as buyers write them. */
import { createRequire } from 'node:module';
import type CountriesModule from 'i18n-iso-countries';
import { USUAL_COUNTRY_NAMES } from './usual-country-names.js';

// The package's entry for Node loads all of its seventy languages; the two of the contract are enough.
const require = createRequire(import.meta.url);
const countries = require('i18n-iso-countries/index.js') as typeof CountriesModule;
const LANGUAGES = ['fr', 'en'] as const;

// Words that some write and others leave out: "the Netherlands", "Îles Cook (les)", "Bosnia & Herzegovina".
const SMALL_WORDS = new Set(['the', 'of', 'and', 'le', 'la', 'les', 'l', 'de', 'du', 'des', 'd', 'et']);
const ABBREVIATIONS = new Map([
  ['st', 'saint'],
  ['ste', 'sainte'],
]);
// Letters that Unicode does not decompose.
const SINGLE_LETTERS = new Map([
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['ß', 'ss'],
]);

// "EU" is no country, though the letters of "É.-U." are one: so short names are not joined.
const MIN_RUN_LENGTH = 4;

/** The country of each name, by its keys; null for a name that two countries share. */
const codeByKey = new Map<string, string | null>();

for (const language of LANGUAGES) {
  countries.registerLocale(require(`i18n-iso-countries/langs/${language}.json`));
  const styles = (['long', 'short'] as const).map(
    (style) => new Intl.DisplayNames(language, { type: 'region', fallback: 'none', style }),
  );
  for (const [code, names] of Object.entries(countries.getNames(language, { select: 'all' }))) {
    // A build of Node with few languages has no French here, and those of the package then have to do.
    for (const name of [...names, ...styles.map((style) => style.of(code) ?? code)]) addName(name, code);
  }
}
for (const [code, names] of Object.entries(USUAL_COUNTRY_NAMES)) for (const name of names) addName(name, code);

function addName(name: string, code: string): void {
  for (const key of keysOf(name)) {
    const known = codeByKey.get(key);
    codeByKey.set(key, known === undefined || known === code ? code : null);
  }
}

/**
 * The ISO 3166-1 alpha-2 code of a country given by that code or by a French or English name of it: those of Unicode
 * CLDR and of ISO, and what people say. Case, accents, punctuation, articles and the order of the words do not matter.
 *
 * @returns null when there is no such country, and for a name that two countries share, such as "Congo"
 */
export function countryCode(text: string): string | null {
  const code = text.trim().toUpperCase();
  if (code.length === 2 && countries.isValid(code)) return code;
  const key = keysOf(text).find((candidate) => codeByKey.has(candidate));
  return key === undefined ? null : (codeByKey.get(key) ?? null);
}

/**
 * The search keys of a name: its words in any order, and its letters joined, for names without their apostrophe or
 * hyphen.
 */
function keysOf(name: string): string[] {
  const words = name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[æœøß]/g, (letter) => SINGLE_LETTERS.get(letter) as string)
    .split(/[^\p{Letter}]+/u)
    .filter((word) => word !== '')
    .map((word) => ABBREVIATIONS.get(word) ?? word);
  const telling = words.filter((word) => !SMALL_WORDS.has(word));
  const run = words.join('');
  return [...(telling.length > 0 ? [telling.sort().join(' ')] : []), ...(run.length >= MIN_RUN_LENGTH ? [run] : [])];
}
