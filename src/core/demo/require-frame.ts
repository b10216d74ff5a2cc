import { InvalidInputError, requireFinite, requireOneOf, show } from "../errors.ts";
import type { Frame, PlotView, View } from "./view.ts";

/** Refuses a frame that cannot be drawn; names the view and the value at fault. */
export function requireFrame(argument: string, frame: Frame): Frame {
  requireFinite(`${argument}.total`, frame?.total, 1);
  requireFinite(`${argument}.done`, frame.done, 0, frame.total);
  for (const [i, view] of frame.views.entries()) requireView(`${argument}.views[${i}]`, view);
  return frame;
}

function requireView(name: string, view: View): void {
  if (typeof view.title !== "string" || view.title === "")
    throw new InvalidInputError(`${name}.title`, `expected text, got ${show(view.title)}`);
  switch (view.kind) {
    case "plot":
      requirePlot(name, view);
      return;
    case "images":
      for (const { name: row, pixels } of view.rows) {
        if (pixels.length === 0 || pixels.length % (view.width * view.height) !== 0)
          throw new InvalidInputError(`${name}.${row}`, `expected whole images, got ${pixels.length} pixels`);
        requireNumbers(`${name}.${row}`, pixels, pixels.length);
      }
      return;
    case "graph": {
      const vertices = view.labels.length;
      for (const field of ["x", "y"] as const) requireNumbers(`${name}.${field}`, view[field], vertices);
      requireNumbers(`${name}.colour`, view.colour.values, vertices);
      requireNumbers(`${name}.target`, view.target, view.source.length);
      for (let e = 0; e < view.source.length; e++)
        for (const end of [view.source[e]!, view.target[e]!])
          requireFinite(`${name}: end of edge ${e}`, end, 0, vertices - 1);
      return;
    }
    case "matrix":
      requireNumbers(name, view.data, view.rows * view.columns);
      return;
    case "table":
      for (const [r, row] of view.rows.entries()) {
        if (row.length !== view.columns.length)
          throw new InvalidInputError(
            `${name}.rows[${r}]`,
            `expected ${view.columns.length} cells, got ${row.length}`,
          );
        for (const cell of row) if (typeof cell === "number") requireFinite(`${name}.rows[${r}]`, cell);
      }
      return;
    case "formulas":
    case "text":
      return;
    default:
      requireOneOf(`${name}.kind`, (view as View).kind, []);
  }
}

function requirePlot(name: string, { x, y, series }: PlotView): void {
  const names = new Set<string>();
  for (const one of series) {
    const where = `${name}.${one.name}`;
    if (names.has(one.name)) throw new InvalidInputError(where, "occurs twice");
    names.add(one.name);
    const count = one.x.length;
    if (one.mark === "segments" && count % 2 !== 0)
      throw new InvalidInputError(where, `expected two points a segment, got ${count} points`);
    requireNumbers(`${where}.x`, one.x, count, x.scale);
    for (const field of ["y", "low", "high"] as const)
      if (one[field] !== undefined) requireNumbers(`${where}.${field}`, one[field], count, y.scale);
  }
}

function requireNumbers(
  name: string,
  values: ArrayLike<number>,
  count: number,
  scale: "linear" | "log" = "linear",
): void {
  if (values.length !== count)
    throw new InvalidInputError(name, `expected ${count} values, got ${values.length}`);
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value) || (scale === "log" && value <= 0))
      throw new InvalidInputError(
        `${name}[${i}]`,
        `expected a finite ${scale === "log" ? "positive " : ""}number, got ${value}`,
      );
  }
}
