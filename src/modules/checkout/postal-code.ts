/** Where an address needs a postal code. */

// Where address forms ask for one in any case, by the address metadata of Google's libaddressinput (June 2025), which
// browsers and phones use. Elsewhere there are none (the Emirates, Hong Kong), or addresses do without (Ireland, Chile).
const NEEDED_IN = new Set(
  (
    'AS AT AU AX BE BL BR CA CH CN CZ DE DK EE ES FI FK FM FR GB GF GG GL GP GR GS GU HU IM IN IO IT JE JP KR LI LT LU ' +
    'LV MF MH MP MQ MX MY NC NL NO NZ PF PL PM PN PR PT PW RE RO RU SE SG SH SJ SK SM TC TR TW UA US VI WF YT ZA'
  ).split(' '),
);

/** @param country ISO 3166-1 alpha-2 */
export function needsPostalCode(country: string): boolean {
  return NEEDED_IN.has(country);
}
