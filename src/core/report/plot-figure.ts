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
  const longest = Math.max(...series.map(({ name }) => name.length));
  const element = Plot.plot({
    ...(document && { document }),
    width: 720,
    height: 420,
    marginTop: 40,
    marginLeft: 64,
    marginRight: Math.min(260, 24 + 7 * longest),
    marginBottom: 48,
    style: { background: "white", fontFamily: "sans-serif", fontSize: "12px" },
    color: { domain: series.map(({ name }) => name) },
    x: categorical
      ? { type: "band", label: labelOf(figure.x), domain: categories(figure) }
      : scaleOf(figure.x),
    y: { ...scaleOf(figure.y), grid: true },
    marks: series.flatMap(({ mark, low, high, points }) => [
      ...(low || high ? [spreadMark(mark, points)] : []),
      seriesMark(mark, points, categorical),
      ...(mark === "bars" && series.length === 1 ? [] : [nameMark(points)]),
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

function scaleOf(axis: Axis): Plot.ScaleOptions {
  if (axis.scale === "log") return { type: "log", label: labelOf(axis), tickFormat: "~e" };
  return { type: "linear", label: labelOf(axis), nice: true };
}

function labelOf(axis: Axis): string {
  return axis.unit === undefined ? axis.label : `${axis.label} (${axis.unit})`;
}

function categories(figure: Figure): string[] {
  return [...new Set(figure.series.flatMap(({ x }) => x as readonly string[]))];
}
