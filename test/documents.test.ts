/** The documents: links lead somewhere, and lists of what the code has are complete. */
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage']);

const documents = markdownFiles('.');
// What was said at the time may name what has gone since.
const current = documents.filter((file) => file !== 'CHANGELOG.md' && !file.startsWith('docs/decisions/'));

function markdownFiles(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return entry.name.startsWith('.') || NOT_OURS.has(entry.name) ? [] : markdownFiles(file);
    return entry.name.endsWith('.md') ? [file] : [];
  });
}

function read(file: string): string {
  return fs.readFileSync(file, 'utf8');
}

/** Without code blocks, where brackets are something else. */
function prose(file: string): string {
  return read(file).replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
}

/** The anchors that GitHub gives to the headings of a document. */
function anchorsOf(file: string): string[] {
  const headings = prose(file).matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = '']) => {
    return heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
  });
}

function brokenLinks(file: string): string[] {
  const targets = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [place = '', anchor] = target.split('#');
    const linked = place === '' ? file : path.join(path.dirname(file), place);
    if (!fs.existsSync(linked)) return true;
    return anchor !== undefined && !anchorsOf(linked).includes(anchor);
  });
}

describe('the documents', () => {
  it('link only to files and headings that exist', () => {
    expect(documents.length).toBeGreaterThan(20);
    const broken = documents.flatMap((file) => brokenLinks(file).map((target) => `${file}: ${target}`));
    expect(broken).toEqual([]);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = current.flatMap((file) => {
      return [...read(file).matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, script = '']) => ({ file, script }));
    });
    expect(named.filter(({ script }) => !(script in scripts))).toEqual([]);
  });

  it('keep the README short', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151);
  });

  it('say of every order status what a frontend does', () => {
    const [, members = ''] = /enum OrderStatus \{([^}]+)\}/.exec(read('schema.graphql')) ?? [];
    const statuses = members.match(/^ {2}[A-Z_]+$/gm) ?? [];
    expect(statuses).toHaveLength(7);
    expect(statuses.filter((status) => !read('README.md').includes(`| \`${status.trim()}\` |`))).toEqual([]);
  });

  it('list every error code', () => {
    const [, members = ''] = /type DomainErrorCode =([^;]+);/.exec(read('src/platform/kernel/domain-error.ts')) ?? [];
    const codes = [...members.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !read('README.md').includes(`\`${code}\``))).toEqual([]);
  });

  it('describe every environment variable', () => {
    const variables = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, variable]) => variable);
    expect(variables.length).toBeGreaterThan(20);
    expect(variables.filter((variable) => !read('docs/operations.md').includes(`\`${variable}\``))).toEqual([]);
  });

  it('have a line for every decision, and a status in each', () => {
    const records = documents.filter((file) => /^docs\/decisions\/\d/.test(file));
    const index = read('docs/decisions/README.md');
    expect(records.filter((file) => !index.includes(`(${path.basename(file)})`))).toEqual([]);
    expect(records.filter((file) => !/^\*\*Status:\*\* (accepted|superseded by|partly)/m.test(read(file)))).toEqual([]);
  });
});
