/** Countries as buyers write them. */
import { createRequire } from 'node:module';
import type CountriesModule from 'i18n-iso-countries';

// The package's entry for Node loads all of its seventy languages; the two of the contract are enough.
const require = createRequire(import.meta.url);
const countries = require('i18n-iso-countries/index.js') as typeof CountriesModule;
const LANGUAGES = ['fr', 'en'];

// Names that everybody uses and that the French list leaves out.
const USUAL_NAMES: readonly (readonly [name: string, code: string])[] = [['États-Unis', 'US']];

const codeByName = new Map<string, string>(USUAL_NAMES.map(([name, code]) => [normalise(name), code]));
for (const language of LANGUAGES) {
  countries.registerLocale(require(`i18n-iso-countries/langs/${language}.json`));
  for (const [code, names] of Object.entries(countries.getNames(language, { select: 'all' }))) {
    for (const name of names) codeByName.set(normalise(name), code);
  }
}

/**
 * The ISO 3166-1 alpha-2 code of a country given by that code or by its French or English name, whatever
 * the case, the accents and the kind of apostrophe or hyphen; null when there is no such country.
 */
export function countryCode(text: string): string | null {
  const code = text.trim().toUpperCase();
  if (code.length === 2 && countries.isValid(code)) return code;
  return codeByName.get(normalise(text)) ?? null;
}

function normalise(name: string): string {
  return name
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replace(/[^\p{Letter}]+/gu, ' ')
    .trim();
}
