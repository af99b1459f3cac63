/** The parser of multipart bodies: what clients send, and everything that is no such body. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { boundaryOf, MultipartError, parseMultipart } from '../src/multipart.js';

/** Lines that end as the format wants it. */
const body = (...lines: string[]) => Buffer.from(lines.join('\r\n'));
const PURPOSE = ['--b', 'Content-Disposition: form-data; name="purpose"', '', 'dispute_evidence'];
const parse = (...lines: string[]) => parseMultipart(body(...lines), 'b');

describe('A multipart body', () => {
  test('is read into its fields and files, bytes as they are', () => {
    const bytes = Buffer.from([0, 255, 13, 10, 45, 45, 13, 10]);
    const head = body(
      ...PURPOSE,
      '--b',
      'content-disposition:form-data; name="file"; filename="a %22b%22 \\"c\\".pdf"',
    );
    const type = body('', 'Content-Type: application/pdf', '', '');
    const whole = Buffer.concat([head, type, bytes, body('', '--b--', '')]);
    expect(parseMultipart(whole, 'b')).toEqual([
      { name: 'purpose', filename: null, contentType: null, bytes: Buffer.from('dispute_evidence') },
      { name: 'file', filename: 'a "b" "c".pdf', contentType: 'application/pdf', bytes },
    ]);
  });

  test('may hold an empty field, and end without a line break', () => {
    const parts = parse('--b', 'Content-Disposition: form-data; name=purpose', '', '', '--b--');
    expect(parts).toMatchObject([{ name: 'purpose', bytes: Buffer.alloc(0) }]);
    expect(parse('--b--')).toEqual([]);
  });

  test.each<[string, string[]]>([
    ['is empty', []],
    ['begins with something else', ['x', ...PURPOSE, '--b--']],
    ['does not end', PURPOSE],
    ['ends in the middle of the boundary', [...PURPOSE, '--b']],
    ['goes on after its end', [...PURPOSE, '--b--', 'x']],
    ['has a longer boundary inside', [...PURPOSE, '--bc', '', '', '--b--']],
    ['has a part without headers', ['--b', '', 'x', '--b--']],
    ['has headers without an end', ['--b', 'Content-Disposition: form-data; name="a"', '--b--']],
    ['has a header that is none', ['--b', 'Content-Disposition form-data', '', 'x', '--b--']],
    ['has a part without a name', ['--b', 'Content-Disposition: form-data; filename="a"', '', 'x', '--b--']],
    ['has a disposition that is none', ['--b', 'Content-Disposition: form-data; name="a', '', 'x', '--b--']],
    ['is an attachment', ['--b', 'Content-Disposition: attachment; name="a"', '', 'x', '--b--']],
    ['has more headers than there are', ['--b', `X: ${'x'.repeat(9000)}`, ...PURPOSE.slice(1), '--b--']],
    ['has more parts than a request has', [...Array.from({ length: 101 }, () => PURPOSE).flat(), '--b--']],
  ])('is rejected when it %s', (_what, lines) => {
    expect(() => parse(...lines)).toThrow(MultipartError);
  });

  test('of any bytes is read or rejected, in no time', () => {
    const pieces = fc.constantFrom(
      '--b',
      '\r\n',
      '--',
      ': ',
      'Content-Disposition: form-data; name="a"',
      'x',
      '"',
      ';',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (chosen) => {
        try {
          for (const { name } of parseMultipart(Buffer.from(chosen.join('')), 'b')) expect(name).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(MultipartError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is searched once, however large', () => {
    const large = Buffer.concat([body(...PURPOSE), Buffer.alloc(8 * 1024 * 1024, '\r\n--'), body('', '--b--')]);
    expect(parseMultipart(large, 'b')).toHaveLength(1);
  });
});

describe('A boundary', () => {
  test.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data;boundary="a b:c"; charset=utf-8', 'a b:c'],
    ['application/x-www-form-urlencoded', null],
    ['multipart/mixed; boundary=abc', null],
    ['', null],
  ])('of %j is %j', (contentType, boundary) => {
    expect(boundaryOf(contentType)).toBe(boundary);
  });

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary="a "',
    `multipart/form-data; boundary=${'x'.repeat(71)}`,
    'multipart/form-data; boundary="é"',
  ])('is missing in %j', (contentType) => {
    expect(() => boundaryOf(contentType)).toThrow(MultipartError);
  });
});
