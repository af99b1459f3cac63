/** The one stylesheet of the simulator's pages; in line, so that they need nothing but themselves. */
import { Html } from './html.js';

export const stylesheet = new Html(`
:root {
  --ink: #1a1f36; --quiet: #5b6378; --line: #e3e6ee; --ground: #f6f7fa; --paper: #ffffff;
  --accent: #4b45c6; --accent-dark: #39349f; --wrong: #b3142e; --wrong-ground: #fdeef1; --right: #0a6b45;
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
h1, h2 { line-height: 1.25; margin: 0; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.quiet { color: var(--quiet); font-size: .875rem; }
.badge {
  display: inline-block; padding: .1rem .55rem; border-radius: 1rem; border: 1px solid #e0c070;
  background: #fff6df; color: #6b4a00; font-size: .75rem; font-weight: 600;
}
.button {
  display: block; width: 100%; padding: .8rem 1rem; border: 0; border-radius: .5rem; cursor: pointer;
  background: var(--accent); color: #fff; font: inherit; font-weight: 600; text-align: center; text-decoration: none;
}
.button:hover { background: var(--accent-dark); }

.checkout { display: grid; grid-template-columns: 1fr 1fr; min-height: 100vh; }
.checkout > * { padding: 3.5rem clamp(1.25rem, 5vw, 5rem); }
.checkout > * > * { max-width: 26rem; }
.checkout .summary > * { margin-left: auto; }
.checkout .payment { background: var(--paper); box-shadow: 0 0 1.5rem rgb(26 31 54 / 8%); }
.back { display: inline-block; margin-bottom: 1.5rem; color: var(--quiet); text-decoration: none; }
.back:hover { color: var(--ink); text-decoration: underline; }
.total { margin: .25rem 0 2rem; font-size: 2.25rem; font-weight: 650; font-variant-numeric: tabular-nums; }
.lines { margin: 0; padding: 0; list-style: none; }
.lines li, .sum { display: flex; justify-content: space-between; gap: 1rem; padding: .75rem 0; }
.lines li { border-bottom: 1px solid var(--line); }
.lines .amount, .sum .amount { white-space: nowrap; font-variant-numeric: tabular-nums; }
.lines .name { font-weight: 550; overflow-wrap: anywhere; }
.sum { font-weight: 650; }
.field { margin-top: 1.1rem; }
.field label { display: block; margin-bottom: .3rem; font-size: .875rem; font-weight: 550; }
.field input {
  width: 100%; padding: .65rem .75rem; border: 1px solid #c6cbd8; border-radius: .4rem; background: #fff;
  color: inherit; font: inherit;
}
.field input[readonly] { background: var(--ground); color: var(--quiet); }
.field input[aria-invalid] { border-color: var(--wrong); }
.field .wrong { margin: .3rem 0 0; color: var(--wrong); font-size: .875rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.payment .button { margin-top: 1.75rem; }
.alert { margin-top: 1.25rem; padding: .75rem 1rem; border-radius: .5rem; background: var(--wrong-ground); color: var(--wrong); }
.hints { margin-top: 1.75rem; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: .5rem; font-size: .875rem; }
.hints dl { display: grid; grid-template-columns: auto 1fr; gap: .15rem 1rem; margin: .4rem 0 0; }
.hints dt { font-family: ui-monospace, Menlo, Consolas, monospace; white-space: nowrap; }
.hints dd { margin: 0; color: var(--quiet); }
.notice { max-width: 32rem; margin: 18vh auto 0; padding: 0 1.25rem; text-align: center; }
.notice .button { display: inline-block; width: auto; margin-top: 1.5rem; padding-inline: 1.5rem; }

.dashboard { max-width: 72rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
.dashboard h2 { margin: 2.25rem 0 .5rem; font-size: 1.1rem; }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); }
.table table { width: 100%; border-collapse: collapse; font-size: .875rem; }
.table th, .table td { padding: .5rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.table tr:last-child td { border-bottom: 0; }
.table th { color: var(--quiet); font-weight: 550; }
.table code { font: .8125rem ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.table button {
  padding: .15rem .6rem; border: 1px solid #c6cbd8; border-radius: .35rem; background: #fff; color: inherit;
  font: inherit; cursor: pointer;
}
.good { color: var(--right); } .bad { color: var(--wrong); }

@media (max-width: 56rem) {
  .checkout { grid-template-columns: 1fr; }
  .checkout > * { padding: 1.75rem 1.25rem; }
  .checkout > * > * { max-width: 34rem; margin-inline: auto !important; }
  .total { margin-bottom: 1rem; font-size: 1.9rem; }
}
`);
