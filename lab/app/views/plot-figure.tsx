import type { PlotSeries, PlotView } from "ockham/demo";
import { useEffect, useRef } from "preact/hooks";
import { formatNumber } from "../format.ts";
import { SvgFigure } from "./svg-figure.tsx";
import { logTicks, tickLabels } from "./ticks.ts";
import { type Size, textSize, useSize } from "./use-size.ts";

/** Loaded with the first plot. */
const plotLibrary = () => import("@observablehq/plot");

export function PlotFigure({ view, file }: { view: PlotView; file: string }) {
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  useEffect(() => {
    let current = true;
    plotLibrary().then((Plot) => {
      if (!current || host.current === null || size === undefined) return;
      host.current.replaceChildren(draw(Plot, view, size));
    });
    return () => {
      current = false;
    };
  }, [view, size]);
  return (
    <SvgFigure
      title={view.title}
      file={file}
      class={view.equal ? "square" : "wide"}
      legend={view.series.map(({ name, role, mark }) => ({ name, role, mark }))}
    >
      <div ref={host} class="plot" role="img" aria-label={describe(view)} />
    </SvgFigure>
  );
}

type Plot = Awaited<ReturnType<typeof plotLibrary>>;

/** Margins in letters, and the size of letters in pixels. */
const margins = { left: 4.4, right: 1.2, top: 2.2, bottom: 3.6 };

function draw(Plot: Plot, view: PlotView, size: Size): SVGElement | HTMLElement {
  const { series, equal } = view;
  const text = textSize();
  const [left, right] = [margins.left * text, margins.right * text];
  const [top, bottom] = [margins.top * text, margins.bottom * text];
  // Equal units: the inner rectangle is a square.
  const inner = Math.min(size.width - left - right, size.height - top - bottom);
  const width = equal ? inner + left + right : size.width;
  const height = equal ? inner + top + bottom : size.height;
  const svg = Plot.plot({
    className: "plot-svg",
    ...{ width, height },
    ...{ marginLeft: left, marginRight: right, marginTop: top, marginBottom: bottom },
    style: { fontSize: `${text}px` },
    x: {
      ...axisOf(view, "x", (width - left - right) / (5 * text)),
      grid: false,
      labelArrow: "none",
      labelAnchor: "center",
      labelOffset: 3 * text,
    },
    y: { ...axisOf(view, "y", (height - top - bottom) / (3 * text)), grid: true, labelArrow: "none" },
    marks: [
      Plot.frame({ anchor: "bottom" }),
      ...series.flatMap((one) => marksOf(Plot, one)),
      ...readings(Plot, view, text),
    ],
  });
  // The security policy of the page allows no style elements; its rules are in the style sheet.
  for (const style of svg.querySelectorAll("style")) style.remove();
  // Plot names its parts for readers of the screen, on elements that take no name: the figure has one for all of it.
  for (const part of svg.querySelectorAll("[aria-label]")) {
    part.classList.add(part.getAttribute("aria-label")!.replaceAll(" ", "-"));
    part.removeAttribute("aria-label");
  }
  return svg;
}

function axisOf({ series, ...view }: PlotView, name: "x" | "y", room: number) {
  const { label, unit, scale, domain } = view[name];
  const words = unit === undefined ? label : `${label} (${unit})`;
  if (scale !== "log")
    return { label: words, ticks: Math.max(2, Math.floor(room)), ...(domain && { domain: [...domain] }) };
  const values = series.flatMap((one) =>
    [one[name], ...(name === "y" ? [one.low ?? [], one.high ?? []] : [])].flatMap((part) => Array.from(part)),
  );
  const ends = domain ?? [Math.min(...values), Math.max(...values)];
  const ticks = logTicks(ends[0], ends[1], Math.max(2, Math.floor(room)));
  return {
    label: words,
    type: "log" as const,
    ...{ ticks, tickFormat: tickLabels(ticks) },
    ...(domain && { domain: [...domain] }),
  };
}

/** More points than this are not read one by one. */
const mostReadings = 4000;

/** The values of the nearest point, shown to those who point at it. */
function readings(Plot: Plot, { x, y, series }: PlotView, text: number) {
  const rows = series
    .filter(({ mark }) => mark !== "segments")
    .flatMap(({ name, x, y }) => Array.from({ length: x.length }, (_, i) => ({ name, x: x[i]!, y: y[i]! })));
  if (rows.length > mostReadings) return [];
  const unitOf = ({ unit }: PlotView["x"]): string => (unit === undefined ? "" : `\u2009${unit}`);
  return [
    Plot.tip(
      rows,
      Plot.pointer({
        x: "x",
        y: "y",
        title: ({ name, x: at, y: value }: (typeof rows)[number]) =>
          `${name}\n${x.label} ${formatNumber(at)}${unitOf(x)}\n${y.label} ${formatNumber(value)}${unitOf(y)}`,
        fontSize: text,
      }),
    ),
  ];
}

const dashes: Readonly<Record<string, string>> = { baseline: "6 3", "second-baseline": "2 3" };

function marksOf(Plot: Plot, { role, mark, x, y, low, high }: PlotSeries) {
  const colour = `var(--role-${role})`;
  const rows = Array.from({ length: x.length }, (_, i) => ({
    x: x[i]!,
    y: y[i]!,
    low: low?.[i] ?? y[i]!,
    high: high?.[i] ?? y[i]!,
  }));
  const channels = { x: "x", y: "y" };
  if (mark === "points")
    return [
      Plot.dot(rows, {
        ...channels,
        r: role === "data" || role === "other-data" ? 2.2 : 2.6,
        fill: colour,
        fillOpacity: role === "data" || role === "other-data" ? 0.5 : 0.9,
        ...(role === "baseline" && { symbol: "diamond" as const }),
      }),
    ];
  if (mark === "segments") {
    // One line with gaps: thousands of elements would be slow to draw.
    const gap = { x: Number.NaN, y: Number.NaN };
    const path = rows.flatMap((row, i) => (i % 2 === 1 ? [row, gap] : [row]));
    return [Plot.line(path, { ...channels, stroke: colour, strokeOpacity: 0.45, strokeWidth: 0.9 })];
  }
  return [
    ...(low && high
      ? [Plot.areaY(rows, { x: "x", y1: "low", y2: "high", fill: colour, fillOpacity: 0.16 })]
      : []),
    Plot.line(rows, {
      ...channels,
      stroke: colour,
      strokeWidth: 2,
      ...(dashes[role] && { strokeDasharray: dashes[role] }),
    }),
    // A line of few points, or of one, is seen by its points.
    ...(rows.length <= 12 ? [Plot.dot(rows, { ...channels, r: 3, fill: colour })] : []),
  ];
}

/** What the picture holds, for those who do not see it. */
function describe({ title, x, y, series }: PlotView): string {
  const last = series
    .filter(({ mark, x }) => mark === "line" && x.length > 0)
    .map((one) => `${one.name} ends at ${Number(one.y[one.y.length - 1]!.toPrecision(3))}`);
  return `${title}: ${y.label} against ${x.label}, of ${series.map(({ name }) => name).join(", ")}. ${last.join("; ")}`;
}
