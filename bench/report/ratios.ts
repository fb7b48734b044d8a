/**
 * Holds the cases of one run against each other: what Holdfast does in multiples of the plain workflow and of the
 * queues. Ratios hold across machines where absolute figures do not.
 */
import type { Figure, Target } from '../case.ts';
import { compared } from '../delivery-figures.ts';
import type { CaseReport } from '../run-cases.ts';

interface Ratio {
  readonly name: string;
  /** Which figure of both cases. */
  readonly figure: string;
  readonly of: string;
  readonly to: string;
  readonly target?: Target;
}

const { delivered, cpu } = compared;
const ahead = { atLeast: 1 };

const ratios: readonly Ratio[] = [
  {
    name: 'single route ÷ plain workflow',
    figure: delivered,
    of: 'burst-single',
    to: 'plain',
    target: { atLeast: 30 },
  },
  { name: 'batch route ÷ plain workflow', figure: delivered, of: 'burst-batch', to: 'plain' },
  {
    name: 'API and worker apart, single route ÷ plain',
    figure: delivered,
    of: 'workers-1-single',
    to: 'plain',
    target: { atLeast: 30 },
  },
  {
    name: 'CPU of own workflow ÷ CPU of plain workflow',
    figure: cpu,
    of: 'own-workflow',
    to: 'plain',
    target: { atMost: 0.45 },
  },
  {
    name: 'the same, API and worker apart',
    figure: cpu,
    of: 'own-workflow-apart',
    to: 'plain',
  },
  ...['pg-boss', 'graphile-worker', 'bullmq'].flatMap((queue) => queueRatios(queue)),
  { name: '2 workers ÷ 1 worker', figure: delivered, of: 'workers-2-batch', to: 'workers-1-batch' },
  { name: '4 workers ÷ 1 worker', figure: delivered, of: 'workers-4-batch', to: 'workers-1-batch' },
];

/** BullMQ promises less, so that being ahead of it is not asked. */
function queueRatios(queue: string): readonly Ratio[] {
  const asked = queue === 'bullmq' ? {} : { target: ahead };
  return [
    { name: `single route ÷ ${queue}`, figure: delivered, of: 'burst-single', to: `${queue}-one`, ...asked },
    {
      name: `single route ÷ ${queue}, batched`,
      figure: delivered,
      of: 'burst-single',
      to: `${queue}-batched`,
    },
    {
      name: `batch route ÷ ${queue}, batched`,
      figure: delivered,
      of: 'burst-batch',
      to: `${queue}-batched`,
      ...asked,
    },
  ];
}

/** The ratios of which both cases were measured, as a report of their own; undefined when there is none. */
export function compareCases(reports: readonly CaseReport[]): CaseReport | undefined {
  const figures = ratios.flatMap(({ name, figure, of, to, target }): Figure[] => {
    const [value, base] = [valueOf(reports, of, figure), valueOf(reports, to, figure)];
    if (value === undefined || base === undefined) return [];
    return [{ name, value: value / base, unit: '×', ...(target === undefined ? {} : { target }) }];
  });
  if (figures.length === 0) return undefined;
  const outcome = { kind: 'measured', settings: {}, figures } as const;
  return { name: 'ratios', title: 'the cases of this run against each other', seconds: 0, outcome };
}

/** A figure of a case; undefined when it was not measured. */
export function valueOf(reports: readonly CaseReport[], name: string, figure: string): number | undefined {
  const outcome = reports.find((report) => report.name === name)?.outcome;
  if (outcome?.kind !== 'measured') return undefined;
  return outcome.figures.find((each) => each.name === figure)?.value;
}
