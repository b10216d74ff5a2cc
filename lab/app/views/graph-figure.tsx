import type { GraphView } from "ockham/demo";
import { useRef } from "preact/hooks";
import { formatNumber } from "../format.ts";
import { dark } from "../theme.ts";
import { ColourBar } from "./colour-bar.tsx";
import { cssColour, groupColour, ramp } from "./ramp.ts";
import { SvgFigure } from "./svg-figure.tsx";
import { textSize, useSize } from "./use-size.ts";

export function GraphFigure({ view, file }: { view: GraphView; file: string }) {
  const { source, target, labels, colour, title } = view;
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const values = Array.from(colour.values);
  const most = values.map((_, i) => i).toSorted((a, b) => values[b]! - values[a]!);
  const largest = most.slice(0, 5).map((i) => `${labels[i]} ${formatNumber(values[i]!)}`);
  return (
    <SvgFigure title={title} file={file} class="square">
      <div ref={host} class="plot">
        {size && (
          <svg
            class="plot-svg graph"
            viewBox={`0 0 ${size.width} ${size.height}`}
            role="img"
            aria-label={`${title}: ${labels.length} vertices, ${source.length} edges, coloured by ${colour.label}. ${
              colour.groups ? "" : `Largest: ${largest.join(", ")}`
            }`}
          >
            <Drawing view={view} most={most} source={source} target={target} {...size} />
          </svg>
        )}
      </div>
    </SvgFigure>
  );
}

function Drawing(props: {
  view: GraphView;
  /** Vertices by falling value. */
  most: readonly number[];
  source: ArrayLike<number>;
  target: ArrayLike<number>;
  width: number;
  height: number;
}) {
  const { view, most, source, target, width, height } = props;
  const { x, y, labels, colour, marked = [] } = view;
  const text = textSize();
  const margin = 1.6 * text;
  const foot = colour.groups ? 0 : 2 * text;
  const values = Array.from(colour.values);
  const [high, low] = [values[most[0]!]!, values[most.at(-1)!]!];
  const px = (i: number): number => margin + x[i]! * (width - 2 * margin);
  const py = (i: number): number => margin + y[i]! * (height - foot - 2 * margin);
  const fill = (i: number): string =>
    colour.groups
      ? groupColour(values[i]!)
      : cssColour(ramp(high > low ? (values[i]! - low) / (high - low) : 0.5, dark.value));
  const named = new Set(marked.length > 0 ? marked : most.slice(0, 5));
  const radius = 0.38 * text;
  const edges = Array.from({ length: source.length }, (_, e) => [source[e]!, target[e]!] as const);
  return (
    <>
      <path class="edges" d={edges.map(([u, v]) => `M${px(u)} ${py(u)}L${px(v)} ${py(v)}`).join("")} />
      {labels.map((label, i) => (
        <circle
          key={i}
          class={marked.includes(i) ? "marked" : ""}
          cx={px(i)}
          cy={py(i)}
          r={named.has(i) ? 1.4 * radius : radius}
          fill={fill(i)}
        >
          <title>{`${label}: ${colour.label} ${formatNumber(values[i]!)}`}</title>
        </circle>
      ))}
      {[...named].map((i) => (
        <text
          key={i}
          x={px(i)}
          y={py(i) - 0.8 * text}
          text-anchor={x[i]! > 0.8 ? "end" : x[i]! < 0.2 ? "start" : "middle"}
        >
          {labels[i]}
        </text>
      ))}
      {!colour.groups && (
        <ColourBar
          {...{ low, high, text }}
          label={colour.label}
          x={0}
          y={height - 0.4 * text}
          width={width}
        />
      )}
    </>
  );
}
