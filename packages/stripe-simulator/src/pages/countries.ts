/** The countries that a session ships to, by their names in the page's language. */
import { type Html, html } from './html.js';

/** Selected is the buyer's choice, or the country of the page's language, or the only one; else they have to choose. */
export function countryOptions(allowed: string[], chosen: string, prompt: string, locale: string): Html[] {
  const names = new Intl.DisplayNames(locale, { type: 'region' });
  const { compare } = new Intl.Collator(locale);
  const countries = allowed
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((left, right) => compare(left.name, right.name));
  const candidates = [chosen, allowed.length === 1 ? allowed[0] : new Intl.Locale(locale).maximize().region];
  const selected = candidates.find((code) => code !== undefined && allowed.includes(code));
  const options = countries.map(
    ({ code, name }) => html`<option value="${code}"${code === selected ? html` selected` : null}>${name}</option>`,
  );
  return selected === undefined ? [html`<option value="">${prompt}</option>`, ...options] : options;
}
