/** What may come of an input in one region: the next state of it (null: it stays) and the region's effects; `when` null: otherwise. */
export interface Outcome {
  readonly when: string | null;
  readonly next: string | null;
  readonly effects: readonly string[];
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** Cells by row, then by column. */
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, readonly Outcome[]>>;
}

/** The tables of a Markdown text whose first column is headed `input`, each under its title. */
export function tablesOf(markdown: string): Table[] {
  const tables: Table[] = [];
  let title = '';
  let lines: string[] = [];
  const end = () => {
    if (lines.length > 0 && cells(lines[0] as string)[0] === 'input') {
      tables.push(table(title, lines));
    }
    lines = [];
  };
  for (const line of markdown.split('\n')) {
    if (line.startsWith('|')) {
      lines.push(line);
    } else {
      end();
      title = /^#+ (.*)$/.exec(line)?.[1] ?? title;
    }
  }
  end();
  return tables;
}

function table(title: string, [head, , ...body]: readonly string[]): Table {
  const [, ...columns] = cells(head as string);
  const rows = new Map<string, ReadonlyMap<string, readonly Outcome[]>>();
  for (const line of body) {
    const [name, ...row] = cells(line);
    if (rows.has(name as string) || row.length !== columns.length) {
      throw new Error(`${title}: row '${name}' stands twice, or has ${row.length} cells for ${columns.length} columns`);
    }
    rows.set(name as string, new Map(columns.map((column, n) => [column, outcomes(row[n] as string)])));
  }
  return { title, columns, rows };
}

const cells = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());

/** `next (effect, effect) · condition: next (effect) · …` */
function outcomes(cell: string): Outcome[] {
  return cell.split(' · ').map((text) => {
    const match = /^(?:([a-z' ]+): )?(–|[a-z]+)(?: \(([a-zA-Z, ]+)\))?$/.exec(text);
    if (match === null) {
      throw new Error(`'${text}' in '${cell}' says no outcome`);
    }
    const [, when, next, effects] = match;
    return { when: when ?? null, next: next === '–' ? null : (next as string), effects: effects?.split(', ') ?? [] };
  });
}

/** An outcome as a cell says it. */
export function outcomeText({ when, next, effects }: Outcome): string {
  return `${when === null ? '' : `${when}: `}${next ?? '–'}${effects.length === 0 ? '' : ` (${effects.join(', ')})`}`;
}
