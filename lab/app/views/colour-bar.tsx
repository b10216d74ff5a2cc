import { formatNumber } from "../format.ts";
import { dark } from "../theme.ts";
import { cssColour, ramp } from "./ramp.ts";

const steps = 24;

/** The meaning of the colours of a picture, at the foot of its drawing. `text` is the size of the letters. */
export function ColourBar(props: {
  low: number;
  high: number;
  label: string;
  x: number;
  y: number;
  width: number;
  text: number;
}) {
  const { low, high, label, x, y, text } = props;
  const [from, to] = [formatNumber(low), formatNumber(high)];
  // Letters are about 0.58 of their size wide.
  const room = (words: string): number => 0.58 * text * words.length + 8;
  const bar = Math.max(40, Math.min(140, props.width - room(from) - room(`${to} ${label}`)));
  const start = x + room(from);
  return (
    <g class="colour-bar">
      <text x={x} y={y}>
        {from}
      </text>
      {Array.from({ length: steps }, (_, i) => (
        <rect
          key={i}
          x={start + (bar * i) / steps}
          y={y - 0.72 * text}
          width={bar / steps + 0.5}
          height={0.75 * text}
          fill={cssColour(ramp(i / (steps - 1), dark.value))}
        />
      ))}
      <text x={start + bar + 8} y={y}>
        {`${to} ${label}`}
      </text>
    </g>
  );
}
