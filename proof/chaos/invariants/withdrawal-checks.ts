/** I3, of goods that buyers withdraw from: each piece once, and units of rentals that have not begun are free again. */
import { ItemType } from '../../../src/modules/catalogue/item-type.js';
import type { WithdrawalLine } from '../../../src/modules/withdrawals/withdrawal.entity.js';
import { calendarDateAt } from '../../../src/platform/kernel/calendar-date.js';
import type { OrderFacts } from './facts.js';
import { Findings, type Violation } from './violation.js';

const TIME_ZONE = 'Europe/Paris';

export function checkWithdrawals({ order, lines, withdrawalLines }: OrderFacts): Violation[] {
  const findings = new Findings(order.id);
  for (const line of lines) {
    const rows = withdrawalLines.filter((row) => row.line.id === line.id);
    const withdrawn = sum(rows);
    const isCounted = withdrawn === line.withdrawnQuantity && withdrawn <= line.quantity;
    const counted = `it counts ${line.withdrawnQuantity} of ${line.quantity}`;
    findings.expect(isCounted, 'I3', `${withdrawn} pieces of a line were withdrawn from, ${counted}`);
    const freed = sum(rows.filter(freesUnits));
    const neverLeft = line.returnedQuantity - line.receivedBackQuantity;
    findings.expect(
      freed <= neverLeft,
      'I3',
      `${freed} units were withdrawn from in time, ${neverLeft} are free again`,
    );
  }
  return findings.violations;
}

/** Whether it frees what is booked: before the day on which a rental starts. */
export function freesUnits({ line, withdrawal }: WithdrawalLine): boolean {
  if (line.type !== ItemType.EQUIPMENT || line.startDate == null) return false;
  return calendarDateAt(withdrawal.at, TIME_ZONE) < line.startDate;
}

function sum(rows: readonly { quantity: number }[]): number {
  return rows.reduce((total, { quantity }) => total + quantity, 0);
}
