/** What a series stands for; the lab gives every role its own colour, the same in all demos. */
export type Role = "method" | "baseline" | "second-baseline" | "reference" | "data" | "other-data";

export interface PlotAxis {
  readonly label: string;
  readonly unit?: string;
  readonly scale?: "linear" | "log";
  /** Ends of the axis, where they should not follow the data. */
  readonly domain?: readonly [low: number, high: number];
}

/** One method or quantity of a plot. `x` and `y` have the same length. */
export interface PlotSeries {
  /** Unique within the plot. */
  readonly name: string;
  readonly role: Role;
  /** "segments" joins points 0 and 1, 2 and 3, and so on. */
  readonly mark: "line" | "points" | "segments";
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Lower and upper ends of a band around a line. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
}

/** Method and baselines on the same axes. */
export interface PlotView {
  readonly kind: "plot";
  readonly title: string;
  readonly x: PlotAxis;
  readonly y: PlotAxis;
  /** A unit of x is as long as a unit of y. */
  readonly equal?: true;
  /** y is time that was measured: it differs from run to run. */
  readonly timed?: true;
  readonly series: readonly PlotSeries[];
}

/** Grey images of equal size side by side, a row for each name. */
export interface ImagesView {
  readonly kind: "images";
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly rows: readonly {
    readonly name: string;
    readonly role: Role;
    /** Grey values, 0 black to 1 white, image after image. */
    readonly pixels: Float32Array;
  }[];
}

/** A graph as drawn: positions within [0, 1], one value for each vertex as its colour. */
export interface GraphView {
  readonly kind: "graph";
  readonly title: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly source: ArrayLike<number>;
  readonly target: ArrayLike<number>;
  readonly labels: readonly string[];
  /** What the colours are of. */
  readonly colour: {
    readonly label: string;
    readonly values: ArrayLike<number>;
    /** Values are groups 0, 1, ..., not quantities. */
    readonly groups?: true;
  };
  /** Vertices to point out. */
  readonly marked?: readonly number[];
}

/** A matrix as a heat map, row after row. */
export interface MatrixView {
  readonly kind: "matrix";
  readonly title: string;
  readonly rows: number;
  readonly columns: number;
  readonly data: ArrayLike<number>;
  readonly rowLabel: string;
  readonly columnLabel: string;
  readonly unit?: string;
}

export interface TableView {
  readonly kind: "table";
  readonly title: string;
  readonly columns: readonly {
    readonly name: string;
    readonly unit?: string;
    readonly digits?: number;
    /** Its cells are times that were measured: they differ from run to run. */
    readonly timed?: true;
  }[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** Formulas in TeX. */
export interface FormulasView {
  readonly kind: "formulas";
  readonly title: string;
  readonly formulas: readonly { readonly tex: string; readonly says?: string }[];
}

export interface TextView {
  readonly kind: "text";
  readonly title: string;
  readonly text: string;
}

export type View = PlotView | ImagesView | GraphView | MatrixView | TableView | FormulasView | TextView;

/** What is known of a view before it is computed. */
export interface ViewOutline {
  readonly kind: View["kind"];
  readonly title: string;
  /** A plot with equal units. */
  readonly equal?: true;
  /** Of a table or of images; how many formulas. */
  readonly rows?: number;
}

/** The outline of a view. */
export function outlineOf(view: View): ViewOutline {
  const { kind, title } = view;
  return {
    kind,
    title,
    ...(view.kind === "plot" && view.equal && { equal: true }),
    ...((view.kind === "table" || view.kind === "images") && { rows: view.rows.length }),
    ...(view.kind === "formulas" && { rows: view.formulas.length }),
  };
}

/** What a demo shows at one moment: it replaces the frame before. */
export interface Frame {
  /** Parts of the demo that are complete, of `total`. */
  readonly done: number;
  readonly total: number;
  readonly views: readonly View[];
}
