/** The simulator's clock on the dashboard: what it shows, and the buttons that move it. */
import type { SimulatorClock } from '../clock.js';
import { button, duration, time } from './dashboard-parts.js';
import { type Html, html } from './html.js';

const STEPS: [string, number][] = [
  ['1 minute', 60],
  ['1 hour', 3_600],
  ['1 day', 86_400],
  ['7 days', 604_800],
  ['30 days', 2_592_000],
];

/** A clock that somebody let stand and started again is late by less than this without anybody minding. */
const NOTICEABLE_SECONDS = 2;

export function clockPanel(clock: SimulatorClock): Html {
  const aheadSeconds = Math.round(clock.aheadMs / 1000);
  const isMoved = clock.isFrozen || Math.abs(aheadSeconds) >= NOTICEABLE_SECONDS;
  return html`<section class="clock" aria-labelledby="clock">
<h2 id="clock">Clock</h2>
<p><strong>${time(clock.now().getTime() / 1000)} UTC</strong> <span class="state ${isMoved ? 'open' : 'good'}">${stand(clock.isFrozen, aheadSeconds)}</span></p>
${warning(aheadSeconds)}
<div class="controls">
<form method="post" action="/_simulator/clock/advance">
<span>Advance by</span>
${STEPS.map(([label, seconds]) => html`<button type="submit" name="seconds" value="${seconds}">${label}</button>\n`)}
</form>
${clock.isFrozen ? button('/_simulator/clock/unfreeze', 'Unfreeze') : button('/_simulator/clock/freeze', 'Freeze')}
${isMoved ? button('/_simulator/clock/reset', 'Back to real time') : null}
</div>
</section>`;
}

function stand(isFrozen: boolean, aheadSeconds: number): string {
  const running = isFrozen ? 'frozen' : 'running';
  if (Math.abs(aheadSeconds) < NOTICEABLE_SECONDS) return isFrozen ? running : 'real time';
  return `${running}, ${duration(Math.abs(aheadSeconds))} ${aheadSeconds > 0 ? 'ahead' : 'behind'}`;
}

/** Stripe rejects a session that expires in the past, and it is its own clock that decides. */
function warning(aheadSeconds: number): Html | null {
  if (aheadSeconds < NOTICEABLE_SECONDS) return null;
  return html`<p class="caution" role="status">The clock is ${duration(aheadSeconds)} ahead. Apps with their own clock will ask for expiry times in
the past, which is refused: go back to real time before the next checkout.</p>`;
}
