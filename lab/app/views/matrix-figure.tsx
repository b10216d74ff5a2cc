import type { MatrixView } from "ockham/demo";
import { useMemo, useRef } from "preact/hooks";
import { formatNumber } from "../format.ts";
import { dark } from "../theme.ts";
import { ColourBar } from "./colour-bar.tsx";
import { ramp } from "./ramp.ts";
import { SvgFigure } from "./svg-figure.tsx";
import { textSize, useSize } from "./use-size.ts";

export function MatrixFigure({ view, file }: { view: MatrixView; file: string }) {
  const { rows, columns, data, rowLabel, columnLabel, unit = "", title } = view;
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const onDark = dark.value;
  const [low, high] = useMemo(() => extent(data), [data]);
  const picture = useMemo(() => pictureOf(view, low, high, onDark), [view, low, high, onDark]);
  const text = textSize();
  const margin = 1.6 * text;
  const foot = 1.9 * text;
  const scale = size && Math.min((size.width - margin) / columns, (size.height - margin - foot) / rows);
  return (
    <SvgFigure title={title} file={file} class="square">
      <div ref={host} class="plot">
        {size && scale && (
          <svg
            class="plot-svg"
            viewBox={`0 0 ${size.width} ${size.height}`}
            role="img"
            aria-label={`${title}: ${rows} by ${columns} values from ${formatNumber(low)} to ${formatNumber(high)} ${unit}`}
          >
            <text x={margin + (scale * columns) / 2} y={text} text-anchor="middle">
              {columnLabel}
            </text>
            <text
              transform={`translate(${text} ${margin + (scale * rows) / 2}) rotate(-90)`}
              text-anchor="middle"
            >
              {rowLabel}
            </text>
            <image
              href={picture}
              x={margin}
              y={margin}
              width={scale * columns}
              height={scale * rows}
              preserveAspectRatio="none"
              style="image-rendering: pixelated"
            />
            <ColourBar
              {...{ low, high, text }}
              label={unit}
              x={margin}
              y={margin + scale * rows + 1.5 * text}
              width={size.width - margin}
            />
          </svg>
        )}
      </div>
    </SvgFigure>
  );
}

function extent(data: ArrayLike<number>): [low: number, high: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    low = Math.min(low, data[i]!);
    high = Math.max(high, data[i]!);
  }
  return [low, high];
}

/** A pixel for each value: thousands of elements would be slow to draw. */
function pictureOf({ rows, columns, data }: MatrixView, low: number, high: number, onDark: boolean): string {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++)
    image.data.set([...ramp(high > low ? (data[i]! - low) / (high - low) : 0.5, onDark), 255], 4 * i);
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}
