const WIDTH = 120;
const HEIGHT = 32;
const MARGIN = 2;

interface Props {
  /** Oldest first. */
  values: number[];
  /** What the line shows. */
  label: string;
  show: (value: number) => string;
}

/** A line as wide as a word, from 0 to its highest value; in words for those who do not see it. */
export function Sparkline({ values, label, show }: Props) {
  const highest = Math.max(...values, 0);
  const x = (i: number) => (MARGIN + (i * (WIDTH - 2 * MARGIN)) / Math.max(1, values.length - 1)).toFixed(1);
  const y = (value: number) =>
    (HEIGHT - MARGIN - (highest === 0 ? 0 : (value / highest) * (HEIGHT - 2 * MARGIN))).toFixed(1);
  const line = values.map((value, i) => `${x(i)},${y(value)}`).join(' ');
  const first = values[0];
  const last = values.at(-1);
  return (
    <figure className="spark">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {values.length > 1 && (
          <>
            <polygon points={`${x(0)},${HEIGHT} ${line} ${x(values.length - 1)},${HEIGHT}`} />
            <polyline points={line} />
          </>
        )}
      </svg>
      <figcaption>
        {label}
        {first !== undefined && last !== undefined && (
          <span className="hidden">
            : from {show(first)} to {show(last)}, at most {show(highest)}
          </span>
        )}
      </figcaption>
    </figure>
  );
}
