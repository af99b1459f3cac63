/** Countries as buyers write them: every name of Unicode CLDR in both languages, ISO's, and what people say. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countryCode } from '../../../src/modules/checkout/country.js';

// ISO 3166-1 as of 2024.
const ISO_CODES = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
  CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
  FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
  JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
  MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
  PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
  TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`
  .trim()
  .split(/\s+/);

/** What browsers put into a list of countries. */
const displayNames = ['fr', 'en', 'fr-BE', 'fr-CH', 'en-GB', 'en-US'].flatMap((language) =>
  (['long', 'short', 'narrow'] as const).flatMap((style) => {
    const names = new Intl.DisplayNames(language, { type: 'region', style });
    return ISO_CODES.map((code): [name: string, code: string] => [names.of(code) as string, code]);
  }),
);

describe('Of the names that Intl has', () => {
  test('there are those of both languages and of every country', () => {
    expect(ISO_CODES).toHaveLength(249);
    for (const name of ['Viêt Nam', 'Vietnam', 'Bosnia', 'É.-U.']) {
      expect(displayNames.map(([displayed]) => displayed)).toContain(name);
    }
  });

  test('each is known', () => {
    expect(displayNames.filter(([name, code]) => countryCode(name) !== code)).toEqual([]);
  });

  test('each is known however it is typed', () => {
    const ways: ((name: string) => string)[] = [
      (name) => name.toUpperCase(),
      (name) => name.toLowerCase(),
      (name) => name.normalize('NFD'),
      (name) => name.normalize('NFD').replace(/\p{Mark}/gu, ''),
      (name) => name.replace(/’/g, "'"),
      (name) => name.replace(/’/g, ''),
      (name) => name.replace(/-/g, ' '),
      (name) => name.replace(/(?<=\w\w)[- ](?=\w\w)/g, '\u2011'),
      (name) => name.replace('&', 'and'),
      (name) => name.replace('-et-', ' & '),
      (name) => name.replace(/\bSt\. /, 'Saint ').replace(/\bSaint(e?)-/, 'St$1 '),
      (name) => `  ${name} `,
    ];
    const typed = fc.tuple(fc.constantFrom(...displayNames), fc.subarray(ways));
    const isKnown = fc.property(typed, ([[name, code], chosen]) => {
      const text = chosen.reduce((changed, change) => change(changed), name);
      expect([text, countryCode(text)]).toEqual([text, code]);
    });
    fc.assert(isKnown, { numRuns: 5_000 });
  });
});

test.each([
  ['Cabo Verde', 'CV'],
  ['Moldova (the Republic of)', 'MD'],
  ['République de Moldova', 'MD'],
  ['Micronesia (Federated States of)', 'FM'],
  ['Viet Nam', 'VN'],
  ['Korea (the Republic of)', 'KR'],
  ['Corée (la République populaire démocratique de)', 'KP'],
  ['Lao People’s Democratic Republic (the)', 'LA'],
  ['Congo (la République démocratique du)', 'CD'],
  ['Cook (les Îles)', 'CK'],
  ['Pays-Bas (les)', 'NL'],
  ['Royaume-Uni de Grande-Bretagne et d’Irlande du Nord (le)', 'GB'],
  ['United States of America (the)', 'US'],
  ['Holy See', 'VA'],
])('ISO’s own name is known: %s', (name, code) => expect(countryCode(name)).toBe(code));

test.each([
  ['USA', 'US'],
  ['U.S.A.', 'US'],
  ['UK', 'GB'],
  ['Angleterre', 'GB'],
  ['Great Britain', 'GB'],
  ['Hollande', 'NL'],
  ['The Netherlands', 'NL'],
  ['Ivory Coast', 'CI'],
  ['Cote dIvoire', 'CI'],
  ['République tchèque', 'CZ'],
  ['Czech Republic', 'CZ'],
  ['Bélarus', 'BY'],
  ['Bosnie', 'BA'],
  ['Birmanie', 'MM'],
  ['RDC', 'CD'],
  ['UAE', 'AE'],
  ['HongKong', 'HK'],
  ['Vatican', 'VA'],
  ['Ste Lucie', 'LC'],
  ['Curacao', 'CW'],
  ['île de la Réunion', 'RE'],
  ['Kosovo', 'XK'],
])('what people say is known: %s', (name, code) => expect(countryCode(name)).toBe(code));

test.each(['Congo', 'Corée', 'Korea', 'Virgin Islands', 'Îles Vierges'])('%s could be two and is rejected', (name) => {
  expect(countryCode(name)).toBeNull();
});

test.each(['', ' ', '-', 'de la', 'Saint', 'AC', 'ZZ', 'EU', 'Europe', 'Syldavie', '250', 'F R', '\u200b'])(
  '%j is no country',
  (name) => expect(countryCode(name)).toBeNull(),
);
