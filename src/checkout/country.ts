/** Countries as buyers write them. */
import { createRequire } from 'node:module';
import type CountriesModule from 'i18n-iso-countries';

// The package's entry for Node loads all of its seventy languages; the two of the contract are enough.
const require = createRequire(import.meta.url);
const countries = require('i18n-iso-countries/index.js') as typeof CountriesModule;
countries.registerLocale(require('i18n-iso-countries/langs/fr.json'));
countries.registerLocale(require('i18n-iso-countries/langs/en.json'));

/**
 * The ISO 3166-1 alpha-2 code of a country given by that code or by its French or English name, whatever
 * the case and the accents; null when there is no such country.
 */
export function countryCode(text: string): string | null {
  const name = text.trim();
  const code = name.toUpperCase();
  if (countries.isValid(code) && code.length === 2) return code;
  return countries.getSimpleAlpha2Code(name, 'fr') ?? countries.getSimpleAlpha2Code(name, 'en') ?? null;
}
