/** The check for words to avoid, in a folder without Git, as a tarball is one. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

const TSX = path.resolve('node_modules/tsx/dist/loader.mjs');
const SCRIPT = path.resolve('scripts/words.ts');

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'words-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), text);
}

function check(...parameters: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', TSX, SCRIPT, ...parameters], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { status, lines: `${stdout}${stderr}`.trim().split('\n') };
}

describe('The words', () => {
  test('are found whole, in either case, one a line', () => {
    write(
      'src/a.ts',
      '// The buyer, this one: the theme.\n  // Whoever pays gets his goods.\n/** Nobody was told\n * of it. */\n',
    );
    write('node_modules/other/index.js', '// he\n');
    write('image.png', 'he\0');
    expect(check()).toEqual({
      status: 1,
      lines: [
        'src/a.ts:2: his (people are "they"): // Whoever pays gets his goods.',
        'src/a.ts:2: Whoever (a plainer word): // Whoever pays gets his goods.',
        'src/a.ts:3: told of (report, receive): /** Nobody was told',
      ],
    });
  });

  test('are old names as well, except in history', () => {
    write('src/a.ts', 'const LONGEST_TEXT = 4;\n');
    write('docs/decisions/0001-names.md', 'The refund desk has a verdict, anew.\n');
    write('CHANGELOG.md', '- `refresh-money` is `sync-payments`.\n');
    expect(check()).toEqual({
      status: 1,
      lines: [
        'docs/decisions/0001-names.md:1: anew (again): The refund desk has a verdict, anew.',
        'src/a.ts:1: LONGEST_TEXT (MAX_…): const LONGEST_TEXT = 4;',
      ],
    });
    fs.rmSync(path.join(folder, 'docs'), { recursive: true });
    fs.rmSync(path.join(folder, 'CHANGELOG.md'));
  });

  test('are absent where nothing is found', () => {
    write('src/a.ts', '// The buyer gets their goods.\n');
    expect(check()).toEqual({ status: 0, lines: ['1 files avoid the words that scripts/words.ts lists.'] });
  });

  test('are all that is looked for: other parameters are an error', () => {
    expect(check('--fix').status).toBe(2);
  });
});
