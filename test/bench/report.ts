/** One measured figure of one round, by the name of its cell. */
export interface Sample {
  readonly cell: string;
  readonly unit: string;
  readonly ours: number;
  /** Absent where the peer has no such thing. */
  readonly peer?: number;
}

/** One line of the table: medians over the rounds, and how far the rounds lie apart. */
export interface Cell {
  readonly cell: string;
  readonly ours: number;
  readonly peer?: number;
  readonly unit: string;
  /** Ours divided by the peer's, of the medians. */
  readonly ratio?: number;
  /** (largest - smallest) / median over the rounds. */
  readonly spread: { readonly ours: number; readonly peer?: number };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

function spreadOf(values: readonly number[]): number {
  return round((Math.max(...values) - Math.min(...values)) / median(values));
}

/** Three significant digits: more would only look exact. */
function round(value: number): number {
  return Number(value.toPrecision(3));
}

/** Sums the samples of all rounds up, in order of their first appearance. */
export function summarize(samples: readonly Sample[]): readonly Cell[] {
  return [...Map.groupBy(samples, ({ cell }) => cell)].map(([cell, group]) => {
    const ours = group.map((sample) => sample.ours);
    const peer = group.flatMap((sample) => sample.peer ?? []);
    return {
      cell,
      ours: round(median(ours)),
      ...(peer.length === 0 ? {} : { peer: round(median(peer)) }),
      unit: group[0]?.unit ?? '',
      ...(peer.length === 0 ? {} : { ratio: round(median(ours) / median(peer)) }),
      spread: { ours: spreadOf(ours), ...(peer.length === 0 ? {} : { peer: spreadOf(peer) }) },
    };
  });
}

/** Writes the cells as a table for a terminal. */
export function renderTable(cells: readonly Cell[]): string {
  const rows = [
    ['', 'ours', 'peer', 'unit', 'ratio', 'spread ours', 'spread peer'],
    ...cells.map(({ cell, ours, peer, unit, ratio, spread }) => [
      cell,
      String(ours),
      String(peer ?? '-'),
      unit,
      String(ratio ?? '-'),
      percent(spread.ours),
      percent(spread.peer),
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function percent(part: number | undefined): string {
  return part === undefined ? '-' : `${Math.round(part * 100)} %`;
}
