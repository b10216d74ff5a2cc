import type { PlotSeries, PlotView } from "ockham/demo";
import { useEffect, useRef } from "preact/hooks";
import { SvgFigure } from "./svg-figure.tsx";

/** Loaded with the first plot. */
const plotLibrary = () => import("@observablehq/plot");

export function PlotFigure({ view, file }: { view: PlotView; file: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let current = true;
    plotLibrary().then((Plot) => {
      if (!current || host.current === null) return;
      host.current.replaceChildren(draw(Plot, view));
    });
    return () => {
      current = false;
    };
  }, [view]);
  return (
    <SvgFigure
      title={view.title}
      file={file}
      class={view.equal ? "equal" : "wide"}
      legend={view.series.map(({ name, role, mark }) => ({ name, role, mark }))}
    >
      <div ref={host} class="plot" role="img" aria-label={describe(view)} />
    </SvgFigure>
  );
}

type Plot = Awaited<ReturnType<typeof plotLibrary>>;

function draw(Plot: Plot, view: PlotView): SVGElement | HTMLElement {
  const { x, y, series, equal } = view;
  const width = 480;
  const svg = Plot.plot({
    className: "plot-svg",
    width,
    height: equal ? width : 300,
    marginLeft: 54,
    marginRight: 16,
    marginTop: 26,
    marginBottom: 44,
    style: { fontSize: "12.5px" },
    x: { ...axisOf(x), grid: false, labelArrow: "none", labelAnchor: "center" },
    y: { ...axisOf(y), grid: true, labelArrow: "none" },
    marks: [Plot.frame({ anchor: "bottom" }), ...series.flatMap((one) => marksOf(Plot, one))],
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

function axisOf({ label, unit, scale, domain }: PlotView["x"]) {
  return {
    label: unit === undefined ? label : `${label} (${unit})`,
    ...(scale === "log" && { type: "log" as const, tickFormat: "~e" as never, ticks: 5 }),
    ...(domain && { domain: [...domain] }),
  };
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
    const pairs = rows.filter((_, i) => i % 2 === 0).map((from, i) => ({ from, to: rows[2 * i + 1]! }));
    return [
      Plot.link(pairs, {
        x1: ({ from }) => from.x,
        y1: ({ from }) => from.y,
        x2: ({ to }) => to.x,
        y2: ({ to }) => to.y,
        stroke: colour,
        strokeOpacity: 0.35,
        strokeWidth: 0.9,
      }),
    ];
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
