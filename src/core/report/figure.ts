import { InvalidInputError, requireOneOf, show } from "../errors.ts";

export interface Axis {
  readonly label: string;
  /** Shown after the label, e.g. "ms". */
  readonly unit?: string;
  /** Default "linear"; "log" needs positive values; "category" takes strings, in the order given. */
  readonly scale?: "linear" | "log" | "category";
}

/** One method or quantity in a figure. `x` and `y` have the same length. */
export interface Series {
  /** Unique within the figure; written beside the series. */
  readonly name: string;
  readonly mark: "line" | "points" | "bars";
  readonly x: readonly (number | string)[];
  readonly y: readonly number[];
  /** Lower and upper ends of the spread at every point, e.g. over seeds. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
}

/** A figure as data: written as SVG beside a report, drawn by the lab. */
export interface Figure {
  /** Kebab-case, unique within its report; names the file. */
  readonly id: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const axisScales = ["linear", "log", "category"] as const;
const marks = ["line", "points", "bars"] as const;

/** Refuses a figure that cannot be drawn; names the series and the value at fault. */
export function requireFigure(argument: string, figure: Figure): Figure {
  if (figure.series.length === 0) throw new InvalidInputError(`${argument}.series`, "expected at least one");
  requireOneOf(`${argument}.x.scale`, figure.x.scale ?? "linear", axisScales);
  requireOneOf(`${argument}.y.scale`, figure.y.scale ?? "linear", ["linear", "log"]);
  const names = new Set<string>();
  for (const [index, series] of figure.series.entries()) {
    const name = `${argument}.series[${index}]`;
    requireOneOf(`${name}.mark`, series.mark, marks);
    if (series.mark === "bars" && figure.x.scale !== "category")
      throw new InvalidInputError(`${name}.mark`, `"bars" needs an x axis of scale "category"`);
    if (series.mark === "bars" && figure.series.length > 1)
      throw new InvalidInputError(`${name}.mark`, `"bars" must be the only series of a figure`);
    if (names.has(series.name))
      throw new InvalidInputError(`${name}.name`, `${show(series.name)} occurs twice`);
    names.add(series.name);
    if (series.x.length === 0) throw new InvalidInputError(`${name}.x`, "expected at least one point");
    for (const [field, values] of Object.entries({ y: series.y, low: series.low, high: series.high })) {
      if (values === undefined) continue;
      if (values.length !== series.x.length)
        throw new InvalidInputError(
          `${name}.${field}`,
          `expected ${series.x.length} values as in x, got ${values.length}`,
        );
      requireValues(`${name}.${field}`, values, figure.y);
    }
    requireValues(`${name}.x`, series.x, figure.x);
  }
  return figure;
}

function requireValues(argument: string, values: readonly (number | string)[], axis: Axis): void {
  for (const [i, value] of values.entries()) {
    const fits =
      axis.scale === "category"
        ? typeof value === "string"
        : typeof value === "number" && Number.isFinite(value) && (axis.scale !== "log" || value > 0);
    if (fits) continue;
    const expected =
      axis.scale === "category" ? "a string" : axis.scale === "log" ? "a positive number" : "a finite number";
    throw new InvalidInputError(`${argument}[${i}]`, `expected ${expected}, got ${show(value)}`);
  }
}
