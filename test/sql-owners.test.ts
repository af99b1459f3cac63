/** The check that a table is named in SQL by its own module alone. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const TSX = path.resolve('node_modules/tsx/dist/loader.mjs');
const SCRIPT = path.resolve('scripts/sql-owners.ts');
const REASON = '/** Reads both because every event passes here. */\n';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-owners-'));
  write('orders/order.entity.ts', "export const schema = { tableName: 'orders' };\n");
  write('orders/orders.repository.ts', "export const FIND = 'select id from orders';\n");
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  const written = path.join(folder, 'src/modules', file);
  fs.mkdirSync(path.dirname(written), { recursive: true });
  fs.writeFileSync(written, text);
}

function check(cwd = folder) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', TSX, SCRIPT], { cwd, encoding: 'utf8' });
  return { status, lines: `${stdout}${stderr}`.trim().split('\n') };
}

describe('A table', () => {
  test('is named by its own module everywhere in this repository', () => {
    expect(check(process.cwd())).toEqual({ status: 0, lines: [expect.stringMatching(/^\d+ tables are named in SQL/)] });
  });

  test('is found in another module, however it is written', () => {
    const lines = [
      "const QUOTED = 'select 1 from orders where id = ?';",
      `const DOUBLE_QUOTES = 'update "orders" set status = ?';`,
      'const CAPITALS = `SELECT 1 FROM ORDERS`;',
      `const template = (ids: string) => \`insert into orders (id) values (\${ids})\`;`,
      "const PART = 'join orders o on o.id = payment.order_id';",
      "const COLUMN = 'and orders.paid_at is not null';",
      "const LIST = 'select 1 from payments, orders';",
    ];
    write('payments/payments.service.ts', lines.join('\n'));
    expect(check()).toEqual({
      status: 1,
      lines: lines.map((_, index) => `src/modules/payments/payments.service.ts:${index + 1}: orders belongs to orders`),
    });
  });

  test('may be named where that is no SQL', () => {
    const lines = [
      "const PROSE = 'Finds the orders of a buyer, and what is due.';",
      '// select id from orders',
      "import { FIND } from '../orders/orders.repository.js';",
      `const VALUE = "select 1 from payments where kind = 'orders'";`,
      "const LONGER = 'select orders_total from payments where order_id = ?';",
    ];
    write('payments/payments.service.ts', lines.join('\n'));
    expect(check()).toEqual({
      status: 0,
      lines: ['1 tables are named in SQL by their own modules, and in 0 hot paths.'],
    });
  });
});

describe('A hot path', () => {
  const FIND = "export const FIND = 'select 1 from orders';\n";

  test('may name the tables of others where it says why', () => {
    write('payments/count.hot-path.ts', `${REASON}${FIND}`);
    expect(check().status).toBe(0);
    write('payments/count.hot-path.ts', FIND);
    expect(check()).toEqual({
      status: 1,
      lines: ['src/modules/payments/count.hot-path.ts:1: begins with no comment that says why'],
    });
  });

  test('is one of three at most', () => {
    for (const name of ['a', 'b', 'c', 'd']) write(`payments/${name}.hot-path.ts`, `${REASON}${FIND}`);
    expect(check()).toEqual({
      status: 1,
      lines: ['src/modules/payments/d.hot-path.ts:1: there are more than 3 hot paths'],
    });
  });
});
