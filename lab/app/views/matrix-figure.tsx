import type { MatrixView } from "ockham/demo";
import { formatNumber } from "../format.ts";
import { ramp } from "./ramp.ts";
import { SvgFigure } from "./svg-figure.tsx";

const size = 480;
const margin = 34;

export function MatrixFigure({ view, file }: { view: MatrixView; file: string }) {
  const { rows, columns, data, rowLabel, columnLabel, unit, title } = view;
  const values = Array.from(data);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const cell = (size - margin) / Math.max(rows, columns);
  const suffix = unit === undefined ? "" : `\u2009${unit}`;
  return (
    <SvgFigure title={title} file={file} class="equal">
      <svg
        class="plot-svg"
        viewBox={`0 0 ${size} ${margin + cell * rows + 28}`}
        role="img"
        aria-label={`${title}: ${rows} by ${columns} values from ${formatNumber(low)} to ${formatNumber(high)}${suffix}`}
      >
        <text x={margin} y={margin - 12}>
          {columnLabel}
        </text>
        <text transform={`translate(${margin - 12} ${margin}) rotate(-90)`} text-anchor="end">
          {rowLabel}
        </text>
        {values.map((value, i) => (
          <rect
            key={i}
            x={margin + cell * (i % columns)}
            y={margin + cell * Math.floor(i / columns)}
            width={cell + 0.3}
            height={cell + 0.3}
            fill={ramp(high > low ? (value - low) / (high - low) : 0.5)}
          />
        ))}
        <text x={margin} y={margin + cell * rows + 20}>
          {`${formatNumber(low)}${suffix} (light) to ${formatNumber(high)}${suffix} (dark)`}
        </text>
      </svg>
    </SvgFigure>
  );
}
