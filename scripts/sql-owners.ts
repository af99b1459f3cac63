/**
 * A part of `npm run check`: a table is named in SQL only by the module whose entity it belongs to, so that a change of
 * a table has one place to look at. Imports cannot tell.
 */
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { CommandError, readArguments, runProgram } from '../cli/program.js';

const USAGE = 'Usage: node --import tsx scripts/sql-owners.ts';

// More of them, and nobody would believe that each was measured.
const MAX_HOT_PATHS = 3;
const HOT_PATH = /\.hot-path\.ts$/;

// Text is SQL where it begins as a statement does, where a table follows a word of SQL, or where a column follows a table.
const STATEMENT = /^[\s(]*(?:select|insert\s+into|update\s+\S+\s[^.]*\bset|delete\s+from|with\s+\w+\s+as)\b/i;
const BEFORE_TABLE = String.raw`\b(?:[Ff]rom|FROM|[Jj]oin|JOIN|[Uu]pdate|UPDATE|[Ii]nto|INTO)\s+"?`;

interface Table {
  name: string;
  /** The folder of the module. */
  owner: string;
}

/** A piece of text in a source file. */
interface Text {
  text: string;
  /** Where it begins in the file. */
  start: number;
}

await runProgram(() => {
  readArguments(USAGE, {});
  const files = globSync('src/modules/*/**/*.ts').sort();
  const tables = files.filter((file) => file.endsWith('.entity.ts')).flatMap(tablesOf);
  if (tables.length === 0) throw new CommandError('There is no entity with a tableName in src/modules.');
  const hotPaths = files.filter((file) => HOT_PATH.test(file));
  const findings = [
    ...files.filter((file) => !HOT_PATH.test(file)).flatMap((file) => foreignTablesIn(file, tables)),
    ...hotPaths.filter((file) => !saysWhy(file)).map((file) => `${file}:1: begins with no comment that says why`),
    ...hotPaths.slice(MAX_HOT_PATHS).map((file) => `${file}:1: there are more than ${MAX_HOT_PATHS} hot paths`),
  ];
  for (const finding of findings) console.error(finding);
  if (findings.length > 0) process.exitCode = 1;
  else
    console.log(`${tables.length} tables are named in SQL by their own modules, and in ${hotPaths.length} hot paths.`);
});

function tablesOf(file: string): Table[] {
  const names = [...readFileSync(file, 'utf8').matchAll(/\btableName: '(\w+)'/g)];
  return names.map(([, name = '']) => ({ name, owner: moduleOf(file) }));
}

function moduleOf(file: string): string {
  return file.split(path.sep)[2] ?? '';
}

function foreignTablesIn(file: string, tables: readonly Table[]): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const foreign = tables.filter(({ owner }) => owner !== moduleOf(file));
  return textsIn(source).flatMap(({ text, start }) =>
    foreign.flatMap(({ name, owner }) =>
      placesOf(name, text).map((place) => {
        const { line } = source.getLineAndCharacterOfPosition(start + place);
        return `${file}:${line + 1}: ${name} belongs to ${owner}`;
      }),
    ),
  );
}

/** What stands in quotes, templates as they are written; names of files are no SQL. */
function textsIn(node: ts.Node): Text[] {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return [];
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return [textOf(node)];
  const own = ts.isTemplateExpression(node) ? [textOf(node)] : [];
  const children: Text[] = [];
  ts.forEachChild(node, (child) => {
    children.push(...textsIn(child));
  });
  return [...own, ...children];
}

function textOf(node: ts.Node): Text {
  const start = node.getStart() + 1;
  return { text: node.getText().slice(1, -1), start };
}

/** Where SQL names a table. */
function placesOf(table: string, text: string): number[] {
  const named = new RegExp(`(?:${BEFORE_TABLE})${table}\\b|\\b${table}"?\\.\\w`);
  if (!STATEMENT.test(text) && !named.test(text)) return [];
  // Values, such as the states of a row, are no tables.
  const statement = text.replace(/'[^'\n]*'/g, (value) => ' '.repeat(value.length));
  const words = [...statement.matchAll(new RegExp(`(?<![\\w.:])"?${table}\\b`, 'gi'))];
  return words.map(({ index }) => index);
}

function saysWhy(file: string): boolean {
  const [comment = ''] = /^\/\*\*[\s\S]*?\*\//.exec(readFileSync(file, 'utf8')) ?? [];
  return /\bbecause\b/.test(comment);
}
