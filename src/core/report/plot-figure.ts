import * as Plot from "@observablehq/plot";
import type { Axis, Figure, Series } from "./figure.ts";

interface Point {
  readonly name: string;
  readonly x: number | string;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Draws a figure with Observable Plot, in the given document or the browser's. Series are labelled where
 * they end rather than in a legend, which Plot would put outside the SVG.
 */
export function plotFigure(figure: Figure, document?: Document): SVGSVGElement {
  const categorical = figure.x.scale === "category";
  const series = figure.series.map((one) => ({ ...one, points: pointsOf(one) }));
  const bars = series.some(({ mark }) => mark === "bars");
  const xs = figure.series.flatMap(({ x }) => x);
  const ys = figure.series.flatMap(({ y, low = [], high = [] }) => [...y, ...low, ...high]);
  const longest = Math.max(...series.map(({ name }) => name.length));
  const element = Plot.plot({
    ...(document && { document }),
    width: 720,
    height: 420,
    marginTop: 16,
    marginLeft: 64,
    marginRight: bars ? 24 : Math.min(260, 24 + 7 * longest),
    marginBottom: 48,
    style: { background: "white", fontFamily: "sans-serif", fontSize: "12px" },
    color: { domain: series.map(({ name }) => name) },
    x: categorical
      ? { type: "band", label: labelOf(figure.x), domain: [...new Set(xs as readonly string[])] }
      : scaleOf(figure.x, xs),
    y: { ...scaleOf(figure.y, ys), grid: true },
    marks: series.flatMap(({ mark, low, high, points }) => [
      ...(low || high ? [spreadMark(mark, points)] : []),
      seriesMark(mark, points, categorical),
      ...(mark === "bars" ? [] : [nameMark(points)]),
    ]),
  });
  return element as SVGSVGElement;
}

function pointsOf(series: Series): Point[] {
  return series.x.map((x, i) => ({
    name: series.name,
    x,
    y: series.y[i]!,
    low: series.low?.[i] ?? series.y[i]!,
    high: series.high?.[i] ?? series.y[i]!,
  }));
}

function seriesMark(mark: Series["mark"], points: Point[], categorical: boolean): Plot.Markish {
  if (mark === "bars") return Plot.barY(points, { x: "x", y: "y", fill: "name", fillOpacity: 0.75 });
  if (mark === "points" || categorical) return Plot.dot(points, { x: "x", y: "y", fill: "name", r: 3.5 });
  return Plot.lineY(points, { x: "x", y: "y", stroke: "name", strokeWidth: 2, marker: "dot" });
}

function spreadMark(mark: Series["mark"], points: Point[]): Plot.Markish {
  if (mark === "line")
    return Plot.areaY(points, { x: "x", y1: "low", y2: "high", fill: "name", fillOpacity: 0.15 });
  return Plot.ruleX(points, { x: "x", y1: "low", y2: "high", stroke: "black", strokeOpacity: 0.6 });
}

function nameMark(points: Point[]): Plot.Markish {
  return Plot.text(
    points,
    Plot.selectLast({ x: "x", y: "y", z: "name", text: "name", fill: "name", textAnchor: "start", dx: 8 }),
  );
}

function scaleOf(axis: Axis, values: readonly (number | string)[]): Plot.ScaleOptions {
  const label = labelOf(axis);
  if (axis.scale !== "log") return { type: "linear", label, labelAnchor: "center", nice: true };
  const numbers = values as readonly number[];
  const first = Math.ceil(Math.log10(Math.min(...numbers)));
  const last = Math.floor(Math.log10(Math.max(...numbers)));
  // Over two decades and more, Plot's ticks at 1, 2, ..., 9 of each crowd the axis.
  const powers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i));
  return {
    type: "log",
    label,
    labelAnchor: "center",
    tickFormat: "~e",
    ...(powers.length >= 3 && { ticks: powers }),
  };
}

function labelOf(axis: Axis): string {
  return axis.unit === undefined ? axis.label : `${axis.label} (${axis.unit})`;
}
