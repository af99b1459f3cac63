/** The one stylesheet of the simulator's pages; in line, so that they need nothing but themselves. */
import { Html } from './html.js';

export const stylesheet = new Html(`
/* All pages */
:root {
  --ink: #1a1f36; --quiet: #565e73; --line: #e1e5ee; --edge: #8b93a7; --ground: #f5f6fa; --paper: #ffffff;
  --accent: #4b45c6; --accent-dark: #39349f; --accent-ground: #f1f0fd;
  --wrong: #a8122a; --wrong-ground: #fdeef1; --right: #0a6142; --right-ground: #e5f5ee;
  --caution: #6b4a00; --caution-ground: #fff4d6; --caution-line: #e0c070;
  --mono: ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace;
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
}
h1, h2 { margin: 0; line-height: 1.25; }
a { color: var(--accent); }
code { font: .8125rem var(--mono); }
summary { cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.quiet { color: var(--quiet); font-size: .875rem; font-weight: 400; }
.badge {
  display: inline-block; padding: .1rem .6rem; border: 1px solid var(--caution-line); border-radius: 1rem;
  background: var(--caution-ground); color: var(--caution); font-size: .75rem; font-weight: 600;
}
.merchant { display: flex; flex-wrap: wrap; align-items: center; gap: .35rem .75rem; margin: 0 0 1.5rem; }
.button {
  display: block; width: 100%; padding: .8rem 1rem; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: #fff; font: inherit; font-weight: 600; text-align: center; text-decoration: none;
  cursor: pointer;
}
.button:hover { border-color: var(--accent-dark); background: var(--accent-dark); }
.button.secondary { border-color: var(--edge); background: var(--paper); color: var(--ink); }
.button.secondary:hover { background: var(--ground); }

/* Checkout: what is bought */
.checkout { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); min-height: 100vh; }
.checkout > * { padding: 3.5rem clamp(1.25rem, 5vw, 5rem); }
.checkout > * > * { max-width: 27rem; }
.checkout .summary > * { position: sticky; top: 3.5rem; margin-left: auto; }
.checkout .payment { background: var(--paper); box-shadow: 0 0 1.5rem rgb(26 31 54 / 8%); }
.back { display: inline-block; margin-bottom: 1.25rem; padding: .25rem 0; color: var(--quiet); text-decoration: none; }
.back:hover { color: var(--ink); text-decoration: underline; }
.total { margin: .15rem 0 1.75rem; font-size: 2.25rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums; }
.lines { margin: 0; padding: 0; list-style: none; }
.lines li, .sum { display: flex; justify-content: space-between; gap: 1rem; padding: .75rem 0; }
.lines li { border-bottom: 1px solid var(--line); }
.lines li > span:first-child { min-width: 0; }
.lines .amount, .sum .amount { white-space: nowrap; font-variant-numeric: tabular-nums; }
.lines .name { font-weight: 550; }
.sum { margin: 0; font-weight: 650; }

/* Checkout: the form */
.payment section + section { margin-top: 2rem; }
.payment h2 { font-size: 1.1rem; }
.field { margin-top: 1rem; }
.field label { display: block; margin-bottom: .3rem; font-size: .875rem; font-weight: 550; }
.field input, .field select {
  width: 100%; min-height: 2.75rem; padding: .6rem .75rem; border: 1px solid var(--edge); border-radius: .4rem;
  background: var(--paper); color: inherit; font: inherit; scroll-margin-block: 8rem;
}
.field input::placeholder { color: #697186; opacity: 1; }
.field input[readonly] { background: var(--ground); color: var(--quiet); }
.field [aria-invalid] { border-color: var(--wrong); box-shadow: 0 0 0 1px var(--wrong); }
.field .wrong { margin: .3rem 0 0; color: var(--wrong); font-size: .875rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; grid-template-rows: repeat(3, auto); column-gap: 1rem; }
.pair .field { display: grid; grid-template-rows: subgrid; grid-row: span 3; align-content: start; }
.pair label { align-self: end; }
.methods { display: grid; grid-template-columns: 2fr 3fr; gap: .75rem; margin: 1rem 0 0; padding: 0; border: 0; }
.methods legend { margin-bottom: .3rem; padding: 0; font-size: .875rem; font-weight: 550; }
.method {
  display: flex; align-items: center; gap: .6rem; min-height: 3rem; padding: .5rem .75rem; border: 1px solid var(--edge);
  border-radius: .4rem; font-weight: 550; line-height: 1.25; cursor: pointer;
}
.method input { flex: none; width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--accent); }
.method:has(:checked) { border-color: var(--accent); background: var(--accent-ground); box-shadow: 0 0 0 1px var(--accent); }
.method:has(:focus-visible) { outline: 3px solid var(--accent); outline-offset: 2px; }
.method input:focus-visible { outline: none; }
form:has(#method-card:checked) :is(.if-sepa_debit, .if-bancontact),
form:has(#method-sepa_debit:checked) :is(.if-card, .if-bancontact),
form:has(#method-bancontact:checked) :is(.if-card, .if-sepa_debit) { display: none; }
.payment .button { margin-top: 1.5rem; }
.alert {
  margin: 1rem 0; padding: .75rem 1rem; border-left: 4px solid var(--wrong); border-radius: .4rem;
  background: var(--wrong-ground); color: var(--wrong);
}
form > .alert:first-child { margin: 0 0 1.75rem; }
.alert ul { margin: .35rem 0 0; padding-left: 1.1rem; font-size: .875rem; }
.alert a { color: inherit; }

/* Checkout: the test cards */
.hints { margin-top: 2rem; font-size: .875rem; }
.hints details { padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--ground); }
.hints details + details { margin-top: .75rem; }
.hints summary { font-weight: 600; }
.hints dl { margin: .5rem 0 0; }
.hints dl div { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .3rem 0; border-top: 1px solid var(--line); }
.hints dt { flex: none; font-family: var(--mono); font-size: .8125rem; line-height: 1.6; white-space: nowrap; user-select: all; }
.hints dd { flex: 1 1 10rem; margin: 0; color: var(--quiet); }
.hints p { margin: .5rem 0 0; }

/* Pages that say one thing */
.notice { max-width: 32rem; margin: 18vh auto 0; padding: 0 1.25rem 3rem; text-align: center; }
.notice .button { max-width: 20rem; margin: .75rem auto 0; }
.notice p + .button { margin-top: 1.5rem; }
.challenge {
  max-width: 27rem; margin: 12vh auto 2rem; padding: 2rem; border: 1px solid var(--line); border-radius: .75rem;
  background: var(--paper); box-shadow: 0 .5rem 2rem rgb(26 31 54 / 10%);
}
.challenge .merchant { justify-content: space-between; padding-bottom: 1rem; border-bottom: 1px solid var(--line); }
.challenge h1 { font-size: 1.35rem; }
.challenge dl { margin: 1.25rem 0 1.75rem; }
.challenge dl div { display: flex; justify-content: space-between; gap: 1rem; padding: .6rem 0; border-bottom: 1px solid var(--line); }
.challenge dt { color: var(--quiet); }
.challenge dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }
.challenge .button + .button { margin-top: .75rem; }

/* Dashboard */
.dashboard { max-width: 80rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
.dashboard header p { margin: .35rem 0 0; }
.dashboard h2 { margin: 2.25rem 0 .5rem; font-size: 1.1rem; scroll-margin-top: 1rem; }
.dashboard nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1.25rem; }
.dashboard nav a { padding: .25rem 0; }
.dashboard button {
  min-height: 2rem; padding: .15rem .7rem; border: 1px solid var(--edge); border-radius: .35rem; background: var(--paper);
  color: inherit; font: inherit; font-size: .875rem; cursor: pointer;
}
.dashboard button:hover { border-color: var(--accent); background: var(--accent-ground); }
.clock { margin-top: 1.25rem; padding: 1rem 1.25rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); }
.dashboard .clock h2 { margin: 0; }
.clock .controls, .clock .controls form { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
.clock .controls { gap: .75rem 1.5rem; margin-top: .75rem; }
.caution {
  padding: .6rem .9rem; border: 1px solid var(--caution-line); border-radius: .4rem; background: var(--caution-ground);
  color: var(--caution);
}
.table { max-height: 32rem; overflow: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); }
.table table { width: 100%; border-spacing: 0; font-size: .875rem; }
.dashboard th, .dashboard td { padding: .5rem .75rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.dashboard tr:last-child td { border-bottom: 0; }
.dashboard th { position: sticky; top: 0; background: var(--paper); color: var(--quiet); font-weight: 550; overflow-wrap: normal; }
.dashboard time { white-space: nowrap; font-variant-numeric: tabular-nums; }
.state { display: inline-block; padding: 0 .5rem; border-radius: .35rem; font-weight: 550; }
td .state { white-space: nowrap; }
.good { background: var(--right-ground); color: var(--right); }
.bad { background: var(--wrong-ground); color: var(--wrong); }
.open { background: var(--caution-ground); color: var(--caution); }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; }
.actions details[open] { flex-basis: 100%; }
.actions summary { padding: .15rem 0; color: var(--accent); white-space: nowrap; }
.actions details form { display: flex; flex-wrap: wrap; align-items: end; gap: .5rem; margin: .35rem 0 .5rem; }
.actions label { display: grid; gap: .15rem; color: var(--quiet); font-size: .8125rem; }
.actions input, .actions select {
  width: 11rem; min-height: 2rem; padding: .15rem .5rem; border: 1px solid var(--edge); border-radius: .35rem;
  background: var(--paper); color: var(--ink); font: inherit;
}

/* A dispute and its evidence */
.facts { margin: .75rem 0; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper); }
.facts div { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: .75rem; padding: .5rem .75rem; }
.facts div + div { border-top: 1px solid var(--line); }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; }
.evidence { white-space: pre-wrap; overflow-wrap: anywhere; }

/* Narrow screens: one column, and a row of a table becomes a list of its cells */
@media (max-width: 56rem) {
  .checkout { grid-template-columns: minmax(0, 1fr); min-height: 0; }
  .checkout > * { padding: 1.5rem 1.25rem; }
  .checkout > * > * { max-width: 34rem; margin-inline: auto; }
  .checkout .summary > * { position: static; margin-inline: auto; }
  .total { margin-bottom: .75rem; font-size: 1.9rem; }
  .dashboard thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .dashboard table, .dashboard tbody, .dashboard tr, .dashboard td { display: block; }
  .dashboard tr { padding: .6rem .9rem; }
  .dashboard tr + tr { border-top: 1px solid var(--line); }
  .dashboard td { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .75rem; padding: .2rem 0; border: 0; }
  .dashboard td:empty { display: none; }
  .dashboard td::before { content: attr(data-column); color: var(--quiet); }
  .dashboard td[data-column=Actions]::before { content: ''; }
  .dashboard td > .state { justify-self: start; }
  .dashboard button, .actions input, .actions select { min-height: 2.5rem; }
  .actions summary { padding: .4rem 0; }
  .facts div { grid-template-columns: minmax(0, 1fr); gap: .15rem; }
}
@media (max-width: 30rem) {
  .challenge { margin: 1.25rem; padding: 1.5rem 1.25rem; }
  .dashboard { padding-inline: 1rem; }
}
`);
