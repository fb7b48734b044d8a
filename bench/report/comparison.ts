/** One line for each case that delivers many at once, so that they can be read below each other. */
import { compared } from '../delivery-figures.ts';
import type { CaseReport } from '../run-cases.ts';
import { valueOf } from './ratios.ts';
import { showNumber } from './table.ts';

const nameWidth = 26;
const columnWidth = 14;

const columns: readonly { readonly heading: string; readonly figure: string }[] = [
  { heading: 'accepted/s', figure: compared.accepted },
  { heading: 'delivered/s', figure: compared.delivered },
  { heading: 'CPU ms each', figure: compared.cpu },
  { heading: 'yardsticks', figure: compared.yardsticks },
  { heading: 'p50 ms', figure: `${compared.arrival} p50` },
  { heading: 'p99 ms', figure: `${compared.arrival} p99` },
  { heading: 'events each', figure: 'history events a delivery' },
];

/** The lines; none when fewer than two cases can be compared. */
export function comparisonLines(reports: readonly CaseReport[]): readonly string[] {
  const comparable = reports.filter(({ name }) => valueOf(reports, name, compared.cpu) !== undefined);
  if (comparable.length < 2) return [];
  const row = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(nameWidth)}${cells.map((cell) => cell.padStart(columnWidth)).join('')}`;
  return [
    '',
    'side by side',
    row(
      '',
      columns.map(({ heading }) => heading),
    ),
    ...comparable.map(({ name }) =>
      row(
        name,
        columns.map(({ figure }) => {
          const value = valueOf(reports, name, figure);
          return value === undefined ? '–' : showNumber(value);
        }),
      ),
    ),
  ];
}
