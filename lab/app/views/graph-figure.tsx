import type { GraphView } from "ockham/demo";
import { formatNumber } from "../format.ts";
import { groupColour, ramp } from "./ramp.ts";
import { SvgFigure } from "./svg-figure.tsx";

const width = 480;
const height = 420;
const margin = 22;

export function GraphFigure({ view, file }: { view: GraphView; file: string }) {
  const { x, y, source, target, labels, colour, marked = [], title } = view;
  const values = Array.from(colour.values);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const px = (i: number): number => margin + x[i]! * (width - 2 * margin);
  const py = (i: number): number => margin + y[i]! * (height - 2 * margin);
  const fill = (i: number): string =>
    colour.groups ? groupColour(values[i]!) : ramp(high > low ? (values[i]! - low) / (high - low) : 0.5);
  const most = values.map((_, i) => i).toSorted((a, b) => values[b]! - values[a]!);
  const named = new Set(marked.length > 0 ? marked : most.slice(0, 5));
  const edges = Array.from({ length: source.length }, (_, e) => [source[e]!, target[e]!] as const);
  return (
    <SvgFigure title={title} file={file} class="equal">
      <svg
        class="plot-svg graph"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`${title}: ${labels.length} vertices, ${source.length} edges, coloured by ${colour.label}. ${
          colour.groups
            ? ""
            : `Largest: ${most
                .slice(0, 5)
                .map((i) => `${labels[i]} ${formatNumber(values[i]!)}`)
                .join(", ")}`
        }`}
      >
        <path class="edges" d={edges.map(([u, v]) => `M${px(u)} ${py(u)}L${px(v)} ${py(v)}`).join("")} />
        {labels.map((label, i) => (
          <circle
            key={i}
            class={marked.includes(i) ? "marked" : ""}
            cx={px(i)}
            cy={py(i)}
            r={named.has(i) ? 7 : 5}
            fill={fill(i)}
          >
            <title>{`${label}: ${colour.label} ${formatNumber(values[i]!)}`}</title>
          </circle>
        ))}
        {[...named].map((i) => (
          <text
            key={i}
            x={px(i)}
            y={py(i) - 10}
            text-anchor={x[i]! > 0.8 ? "end" : x[i]! < 0.2 ? "start" : "middle"}
          >
            {labels[i]}
          </text>
        ))}
      </svg>
      {!colour.groups && (
        <p class="hint">
          {colour.label}: {formatNumber(low)} (pale) to {formatNumber(high)} (deep)
        </p>
      )}
    </SvgFigure>
  );
}
